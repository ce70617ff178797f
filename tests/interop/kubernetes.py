#!/usr/bin/python3
"""A manifest of Kubernetes, as tests see it.

usage: kubernetes.py check MANIFEST SCHEMA   what is wrong with it; and that a mistake is found
       kubernetes.py command MANIFEST        the command line of its container, a word a line
"""

import copy
import sys

import jsonschema
import yaml

FREE = {"labels", "matchLabels"}  # whose keys are the user's


def places(node, path=()):
    """The path to each value, and whether the last word of it is a key of the API's."""
    of_api = isinstance(node, dict) and not (path and path[-1] in FREE)
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*path, key), of_api
        yield from places(value, (*path, key))


def changed(document, path, change):
    """A copy, in which `change` was called with the value's container and its key."""
    result = copy.deepcopy(document)
    inside = result
    for key in path[:-1]:
        inside = inside[key]
    change(inside, path[-1])
    return result


def misspell(inside, key):
    inside[key + "s"] = inside.pop(key)


def retype(inside, key):
    inside[key] = 1.5


def check_mistakes(document, is_right):
    """Whatever key is misspelt, and whatever value is of another type, it is not right any more."""
    found = 0
    for path, of_api in places(document):
        for change in (misspell, retype) if of_api else (retype,):
            assert not is_right(changed(document, path, change)), f"not found: {path} {change.__name__}"
            found += 1
    return found


def check_ends(by_kind):
    """What names something else in the manifest names what is there."""
    deployment, machine = by_kind["Deployment"], by_kind["VirtualMachine"]
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels
    assert by_kind["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels
    account = by_kind["ServiceAccount"]["metadata"]
    assert pod["spec"]["serviceAccountName"] == account["name"]
    assert by_kind["RoleBinding"]["subjects"] == [{"kind": "ServiceAccount", **account}]
    assert by_kind["RoleBinding"]["roleRef"]["name"] == by_kind["Role"]["metadata"]["name"]
    assert by_kind["Role"]["rules"][0]["resourceNames"] == [machine["metadata"]["name"]]
    assert len({document["metadata"]["namespace"] for document in by_kind.values()}) == 1
    for holder in (pod["spec"], machine["spec"]["template"]["spec"]):
        volumes = {volume["name"] for volume in holder["volumes"]}
        used = holder["containers"][0]["volumeMounts"] if "containers" in holder else holder["domain"]["devices"]["disks"]
        assert {mount["name"] for mount in used} == volumes


def check(documents, schema):
    validator = jsonschema.Draft202012Validator(schema)
    found = 0
    for document in documents:
        validator.validate({document["kind"]: document})
        found += check_mistakes(document, lambda other: validator.is_valid({document["kind"]: other}))
    check_ends({document["kind"]: document for document in documents})
    print(f"   {len(documents)} objects; {found} mistakes in them are found")


def load(path):
    with open(path, encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def container(documents):
    (deployment,) = (document for document in documents if document["kind"] == "Deployment")
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return only


if __name__ == "__main__":
    manifest = load(sys.argv[2])
    if sys.argv[1] == "check":
        check(manifest, load(sys.argv[3])[0])
    else:
        print(*container(manifest)["command"], *container(manifest)["args"], sep="\n")
