#!/usr/bin/env python3
"""Prints the CI example of docs/ci.md for a system, github or gitlab, as a shell script: the steps of the
example and, where it uses them, those of action.yml or ci/gitlab.yml.

Usage: recipe.py SOURCES github|gitlab RELEASE
RELEASE takes the place of the example's release.
"""
import pathlib
import re
import shlex
import sys

import yaml

sources, system, release = sys.argv[1:]
root = pathlib.Path(sources)


def example(word):
    """The only YAML block of docs/ci.md that has the word."""
    blocks = re.findall(r"```yaml\n(.*?)```", (root / "docs/ci.md").read_text(), re.S)
    (block,) = [block for block in blocks if word in block]
    return yaml.safe_load(block)


def export(variables):
    """Values may refer to variables that are set already, as GitLab's do."""
    for name, value in (variables or {}).items():
        print(f'export {name}="{value}"')


def run(text, variables=None):
    """A step: a shell of its own."""
    print("(")
    export(variables)
    print(f"bash -e -o pipefail -c {shlex.quote(text)}\n)")


def evaluated(text, inputs):
    known = {"runner.temp": "$RUNNER_TEMP"} | {f"inputs.{name}": value for name, value in inputs.items()}
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: known[match[1]], text)


def action(given):
    description = yaml.safe_load((root / "action.yml").read_text())
    inputs = {name: known.get("default") for name, known in description["inputs"].items()} | given
    inputs["release"] = release
    for step in description["runs"]["steps"]:
        if "run" in step:
            run(step["run"], {name: evaluated(text, inputs) for name, text in step["env"].items()})


def github():
    print(f"export GITHUB_ACTION_PATH={root} RUNNER_TEMP=/tmp/runner")
    (job,) = example("runs-on")["jobs"].values()
    export(job.get("env"))
    for step in job["steps"]:
        if "run" in step:
            run(step["run"])
        elif "/vscard@" in step["uses"]:
            action(step["with"])


def gitlab():
    template = yaml.safe_load((root / "ci/gitlab.yml").read_text())[".vscard"]
    (job,) = [job for job in example("extends").values() if "extends" in job]
    print(f"export CI_PROJECT_DIR={shlex.quote(str(pathlib.Path.cwd()))}")
    export(template["variables"] | job["variables"] | {"VSCARD_RELEASE": release})
    run("\n".join(template["before_script"] + job["script"]))


print("set -eu")
{"github": github, "gitlab": gitlab}[system]()
