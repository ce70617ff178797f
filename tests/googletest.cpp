// Nothing: CMake precompiles GoogleTest's headers for a target, and a target has a source.
