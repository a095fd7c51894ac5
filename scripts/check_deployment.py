#!/usr/bin/env python3
"""Checks that ops/ speaks of the kaskad there is: check_deployment.py PATH_OF_KASKAD. Called by ctest.

Options and variables that are set exist in `kaskad serve --help`, probes ask paths of openapi.json, and
what one object of Kubernetes says of another holds. With systemd-analyze on the machine its checks are made
as well, and with helm the chart is rendered and held to the manifests. The schemas of Kubernetes are not
here: `kubectl apply --dry-run=server` knows those of a cluster.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import yaml
except ImportError:
    print("there is no PyYAML; Debian has it as python3-yaml", file=sys.stderr)
    sys.exit(77)  # skipped

ROOT = Path(__file__).resolve().parent.parent
OPS = ROOT / "ops"
faults = []


def expect(holds, what):
    if not holds:
        faults.append(what)


def serve_help(kaskad):
    text = subprocess.run([kaskad, "serve", "--help"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.M)), set(re.findall(r"KASKAD_\w+", text))


def check_settings(where, words, names, options, variables):
    """`words`: the arguments of kaskad; `names`: variables that are set."""
    for word in words:
        if word.startswith("--"):
            expect(word.split("=")[0] in options, f"{where}: `kaskad serve` has no option {word}")
    for name in names:
        if name.startswith("KASKAD_"):
            expect(name in variables, f"{where}: `kaskad serve` knows no variable {name}")


def check_container(options, variables, paths):
    where = "ops/container/Containerfile"
    text = (ROOT / where).read_text()
    final = text[text.rindex("\nFROM "):]
    code = "\n".join(line for line in final.splitlines() if not line.lstrip().startswith("#"))
    check_settings(where, [], re.findall(r"(KASKAD_\w+)=", code), options, variables)
    user = re.search(r"^USER (\d+)", final, re.M)
    expect(user and int(user[1]) > 0, f"{where}: the last stage runs as root")
    probe = re.search(r"HEALTHCHECK[^\n]*\\\n[^\n]*http://127\.0\.0\.1:8080(\S+)", final)
    expect(probe and probe[1] in paths, f"{where}: HEALTHCHECK asks no path of the server")
    # A list of libraries would fall behind the program; dpkg-shlibdeps finds those of the package.
    expect("\nRUN make deb\n" in text, f"{where}: it does not build the Debian package")
    expect(re.search(r"apt-get install [^\n]*/kaskad_\*\.deb", code),
           f"{where}: the last stage does not install the Debian package")
    listed = re.findall(r"\blib\w[\w.+-]*\d", code)
    expect(not listed, f"{where}: found the libraries {listed}, expected those that the package names alone")
    expect("kaskad --help" in code, f"{where}: the last stage does not try to start the program")
    for source in re.findall(r"^COPY (?!--from)([^\n]+) \S+$", text, re.M):
        for name in source.split():
            expect((ROOT / name).exists(), f"{where}: COPY of {name}, which is not there")


def check_unit(options, variables):
    where = "ops/systemd/kaskad.service"
    entries = [line.split("=", 1) for line in (ROOT / where).read_text().splitlines()
               if "=" in line and not line.startswith("#")]
    unit = dict(entries)
    command = unit["ExecStart"].split()
    expect(command[1] == "serve", f"{where}: ExecStart is not `kaskad serve`")
    check_settings(where, command[2:], re.findall(r"KASKAD_\w+", (ROOT / where).read_text()), options,
                   variables)
    state = command[command.index("--events") + 1]
    expect(state == "/var/lib/" + unit["StateDirectory"], f"{where}: --events is not StateDirectory")
    for key, value in (("DynamicUser", "yes"), ("ProtectSystem", "strict"), ("Restart", "on-failure"),
                       ("NoNewPrivileges", "yes"), ("ExecReload", "/bin/kill -HUP $MAINPID")):
        expect(unit.get(key) == value, f"{where}: found {key}={unit.get(key)}, expected {value}")
    expect(int(unit.get("LimitNOFILE", 0)) >= 4096, f"{where}: too few descriptors")
    if not shutil.which("systemd-analyze"):
        return print("systemd-analyze is not here: the unit's own grammar is not checked")
    with tempfile.TemporaryDirectory() as folder:
        # It asks for the program to be there.
        text = (ROOT / where).read_text().replace(command[0], "/bin/true")
        copy = Path(folder) / "kaskad.service"
        copy.write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = [line for line in done.stdout.splitlines() if "kaskad" in line]
        expect(not said, f"{where}: " + "; ".join(said))


def labels_of(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


def selects(selector, labels):
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def check_container_spec(where, spec, pod):
    context = spec.get("securityContext", {})
    expect(context.get("readOnlyRootFilesystem") and not context.get("allowPrivilegeEscalation", True)
           and context.get("capabilities", {}).get("drop") == ["ALL"],
           f"{where}: the container may more than it needs")
    expect(pod["securityContext"].get("runAsNonRoot"), f"{where}: it may run as root")
    expect(spec["resources"].get("requests", {}).keys() >= {"cpu", "memory"}
           and "memory" in spec["resources"].get("limits", {}), f"{where}: resources are missing")
    for probe in ("readinessProbe", "livenessProbe"):
        expect(probe in spec, f"{where}: no {probe}")
    mounted = {one["name"] for one in spec.get("volumeMounts", [])}
    known = {one["name"] for one in pod.get("volumes", [])}
    return mounted - known


def check_server(where, objects, workload, options, variables, paths):
    pod = workload["spec"]["template"]["spec"]
    spec = pod["containers"][0]
    expect(not check_container_spec(where, spec, pod), f"{where}: a mounted volume is not there")
    expect(workload["spec"]["replicas"] >= 2, f"{where}: found one replica, expected two at least")
    check_settings(where, spec["args"][1:], [one["name"] for one in spec["env"]], options, variables)
    ports = {one["name"]: one["containerPort"] for one in spec["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = spec[probe]["httpGet"]
        expect(asked["path"] in paths and asked["port"] in ports, f"{where}: {probe} asks {asked}")
    for volume in pod["volumes"]:
        for kind, name in (("ConfigMap", volume.get("configMap", {}).get("name")),
                           ("PersistentVolumeClaim",
                            volume.get("persistentVolumeClaim", {}).get("claimName"))):
            expect(not name or (kind, name) in objects, f"{where}: there is no {kind} '{name}'")
    redis = re.search(r"redis://([^:/]+):(\d+)", " ".join(spec["args"]))
    expect(redis and ("Service", redis[1]) in objects, f"{where}: no Service is the Redis of --events")
    cascade = objects[("ConfigMap", "kaskad-cascade")]["data"]
    mount = next(one["mountPath"] for one in spec["volumeMounts"] if one["name"] == "cascade")
    expect(spec["args"][1] in {f"{mount}/{name}" for name in cascade},
           f"{where}: the cascade that is served is not in the ConfigMap")


def by_name(texts):
    every = (one for text in texts for one in yaml.safe_load_all(text))
    return {(one["kind"], one["metadata"]["name"]): one for one in every}


def manifests():
    return by_name(file.read_text() for file in sorted((OPS / "kubernetes").glob("*.yaml")))


def leaves_of(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves_of(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def check_chart():
    """The values of the chart are those that its templates read; with helm it makes ops/kubernetes."""
    chart = OPS / "helm/kaskad"
    leaves = set(leaves_of(yaml.safe_load((chart / "values.yaml").read_text())))
    read = set()
    for file in (chart / "templates").iterdir():
        read |= set(re.findall(r"\.Values\.([\w.]+)", file.read_text()))
    for name in read:
        expect(any(leaf == name or leaf.startswith(name + ".") for leaf in leaves),
               f"ops/helm: a template reads the value '{name}', which is not in values.yaml")
    for leaf in leaves:
        expect(any(leaf == name or leaf.startswith(name + ".") for name in read),
               f"ops/helm: no template reads the value '{leaf}'")
    if not shutil.which("helm"):
        return print("helm is not here: the chart is not rendered")
    subprocess.run(["helm", "lint", "--strict", "--quiet", chart], check=True)
    made = by_name([subprocess.run(["helm", "template", "kaskad", chart], check=True, text=True,
                                   stdout=subprocess.PIPE).stdout])
    expected = manifests()
    expect(made.keys() == expected.keys(), f"ops/helm: it makes {sorted(made)}")
    expected[("Deployment", "kaskad")]["spec"].pop("replicas")  # the autoscaler's
    container = made[("Deployment", "kaskad")]["spec"]["template"]["spec"]["containers"][0]
    container.pop("imagePullPolicy")  # the default one
    for key in made.keys() & expected.keys():
        expect(made[key] == expected[key], f"ops/helm: {key} is not that of ops/kubernetes")


def check_kubernetes(options, variables, paths):
    objects = manifests()
    workloads = [one for (kind, _), one in objects.items() if kind in ("Deployment", "StatefulSet")]
    for (kind, name), one in objects.items():
        where = f"ops/kubernetes, {kind} '{name}'"
        spec = one.get("spec", {})
        if kind in ("Deployment", "StatefulSet"):
            expect(selects(spec["selector"]["matchLabels"], labels_of(one)),
                   f"{where}: it does not select its own pods")
        if kind == "Deployment":
            check_server(where, objects, one, options, variables, paths)
        if kind == "StatefulSet":
            claimed = {claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
            pod = spec["template"]["spec"]
            missing = check_container_spec(where, pod["containers"][0], pod) - claimed
            expect(not missing, f"{where}: found no volume for {missing}")
        if kind in ("Service", "PodDisruptionBudget"):
            selector = spec["selector"].get("matchLabels", spec["selector"])
            chosen = [pod for pod in workloads if selects(selector, labels_of(pod))]
            expect(len(chosen) == 1, f"{where}: it selects {len(chosen)} workloads")
            named = {port["name"] for pod in chosen
                     for port in pod["spec"]["template"]["spec"]["containers"][0]["ports"]}
            expect(all(port["targetPort"] in named for port in spec.get("ports", [])),
                   f"{where}: a target port is not there")
        if kind == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            expect((target["kind"], target["name"]) in objects, f"{where}: its target is not there")


def main():
    options, variables = serve_help(sys.argv[1])
    expect(len(options) > 10, "`kaskad serve --help` was not understood")
    paths = set(json.loads((ROOT / "kaskad/server/openapi.json").read_text())["paths"])
    check_container(options, variables, paths)
    check_unit(options, variables)
    check_kubernetes(options, variables, paths)
    check_chart()
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
