"""Set-up: the settings that matter, exact requirements, and a start that knows which Python it can use."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from content.themes import DEFAULT_THEME
from scripts import browser, postgres
from tests import coturn
from tests import postgres as test_server
from tests.browser import conftest as test_browser
from tests.browser import proxies
from tests.sources import imports_of

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = (
    "requirements.txt",
    "requirements-train.txt",
    "requirements-scale.txt",
    "requirements-dev.txt",
)
TARGETS = ("run", "test", "test-quick", "check", "bench", "train", "help")
# Imported where it is installed: another backend of Keras, and what requirements-scale.txt brings.
OPTIONAL = {"jax", "torch", "ray"}
# What GNU make learnt after 3.81, of which macOS's make knows nothing.
AFTER_3_81 = {
    ".ONESHELL": r"^\.ONESHELL",
    ".SHELLFLAGS": r"^\.SHELLFLAGS",
    ".RECIPEPREFIX": r"^\.RECIPEPREFIX",
    "private": r"^private ",
    "undefine": r"^undefine ",
    "define NAME =": r"^define \S+\s*[:+?]?=",
    "NAME != command": r"^\w+\s*!=",
    "NAME ::= value": r"^\w+\s*:::?=",
    "grouped targets": r"&:",
    "$(file …)": r"\$\(file ",
    "$(guile …)": r"\$\(guile ",
    "$(let …)": r"\$\(let ",
    "$(intcmp …)": r"\$\(intcmp ",
    ".EXTRA_PREREQS": r"\.EXTRA_PREREQS",
    ".WAIT": r"\.WAIT",
}


@pytest.fixture(scope="module")
def config() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("runner", "postScriptGC", False),
        ("server", "headless", True),
        ("server", "address", "127.0.0.1"),
        ("server", "port", 8501),
        ("browser", "gatherUsageStats", False),
    ],
)
def test_streamlit_is_told(config, section: str, key: str, value: object) -> None:
    assert config[section][key] == value


def test_uploads_have_a_limit(config) -> None:
    assert 0 < config["server"]["maxUploadSize"] <= 100


def test_streamlit_knows_every_setting(config) -> None:
    from streamlit.config import _config_options_template

    named = {f"{section}.{key}" for section, values in config.items() for key in values}
    assert named <= set(_config_options_template)


def test_first_paint_has_the_default_themes_colours(config) -> None:
    theme = config["theme"]
    wanted = (DEFAULT_THEME.background, DEFAULT_THEME.surface, DEFAULT_THEME.text, DEFAULT_THEME.accent)
    keys = ("backgroundColor", "secondaryBackgroundColor", "textColor", "primaryColor")
    assert tuple(theme[key] for key in keys) == wanted


@pytest.mark.parametrize("name", [*REQUIREMENTS, "constraints.txt"])
def test_requirements_are_exact(name: str) -> None:
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        wanted = line.split("#")[0].strip()
        if wanted and not wanted.startswith(("-r ", "-c ")):
            assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==[0-9][^\s;]*(; .+)?", wanted), line


def test_app_needs_no_plotting_and_no_scikit_learn() -> None:
    app = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"^(matplotlib|scikit-learn|seaborn|pytest|optuna)", app, re.MULTILINE)


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def required(*files: str) -> set[str]:
    lines = [line for name in files for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    return {normal(re.split("[=;\\[ ]", line)[0]) for line in lines if "==" in line.split("#")[0]}


@pytest.mark.parametrize(
    ("rooms", "files"),
    [
        (("streamlit_app", "pages", "ui", "content", "emotion"), REQUIREMENTS[:1]),
        (("train",), REQUIREMENTS[:2]),
        (("bench", "tools", "scripts", "tests"), REQUIREMENTS),
    ],
)
def test_every_imported_library_is_required(rooms: tuple[str, ...], files: tuple[str, ...]) -> None:
    distributions = packages_distributions()
    own = {p.name.removesuffix(".py") for p in ROOT.iterdir()}
    paths = [p for room in rooms for p in (ROOT / room).rglob("*.py")] + [ROOT / "streamlit_app.py"]
    imported = {
        name.split(".")[0]
        for path in paths
        for _, name, _ in imports_of(ast.parse(path.read_text(encoding="utf-8")))
    }
    foreign = imported - set(sys.stdlib_module_names) - own - OPTIONAL
    # A part that comes with a requirement (pydantic_core, starlette) is held by the constraints.
    there = required(*files, "constraints.txt")
    missing = {n for n in foreign if not {normal(d) for d in distributions.get(n, [n])} & there}
    assert missing == set()


def test_each_requirement_stands_once() -> None:
    names = [
        re.split("[=;\\[ ]", line)[0].lower()
        for name in (*REQUIREMENTS, "constraints.txt")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if "==" in line.split("#")[0]
    ]
    assert sorted(names) == sorted(set(names))


def test_makefile_keeps_to_make_3_81() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = [name for name, pattern in AFTER_3_81.items() if re.search(pattern, makefile, re.MULTILINE)]
    assert found == []


def test_make_help_lists_the_commands() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [t for t in TARGETS if not re.search(rf"^  make {t} ", done.stdout, re.MULTILINE)] == []


@pytest.mark.parametrize("target", [t for t in TARGETS if t != "help"])
def test_make_target_can_be_planned(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "scripts/setup.sh" in done.stdout


def test_exported_host_does_not_open_the_app() -> None:
    done = subprocess.run(
        ["make", "-n", "run"],
        cwd=ROOT,
        env={**os.environ, "HOST": "0.0.0.0", "PORT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"127.0.0.1" "8501"' in done.stdout
    told = subprocess.run(
        ["make", "-n", "run", "HOST=10.0.0.1", "PORT=9000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"10.0.0.1" "9000"' in told.stdout


# --- scripts/setup.sh --------------------------------------------------------------------------------

TOOLS = ("sh", "dirname", "basename", "cat", "rm", "mv", "env")


class Machine:
    """A copy of the set-up on a machine whose PATH holds only what a test puts there.

    A fake Python answers questions about itself as told, makes an environment that holds itself, and
    writes down what it is asked to install.
    """

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.project / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "setup.sh", self.project / "scripts")
        for name in REQUIREMENTS:
            (self.project / name).write_text(f"# {name}\n")
        (self.project / "constraints.txt").write_text("# constraints\n")
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))

    @property
    def installs(self) -> list[str]:
        log = self.project / "installs.log"
        return log.read_text().splitlines() if log.exists() else []

    def python(self, name: str, *, fits: bool = True, venv: bool = True, pip: bool = True) -> None:
        """Puts a Python called ``name`` on the PATH."""
        path = self.bin / name
        path.write_text(
            "#!/bin/sh\n"
            'case "$1" in\n'
            f'  --version) echo "{name.capitalize()} (fake)" ;;\n'
            f"  -c) exit {0 if venv else 1} ;;\n"
            # Programs on standard input: with file names it is asked for their digest, else for its version.
            "  -) shift\n"
            f'     if [ $# -gt 0 ]; then cat "$@"; else exit {0 if fits else 1}; fi ;;\n'
            "  -m) case $2 in\n"
            f'      venv) {self.bin}/mkdir -p "$3/bin"; {self.bin}/cp "$0" "$3/bin/python" ;;\n'
            '      pip) [ "$3" = --version ] && exit 0\n'
            f'           for last; do :; done; echo "$last" >> installs.log; exit {0 if pip else 1} ;;\n'
            "      esac ;;\n"
            "esac\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        for tool in ("mkdir", "cp"):
            if not (self.bin / tool).exists():
                (self.bin / tool).symlink_to(str(shutil.which(tool)))

    def setup(self, level: str = "app") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "scripts/setup.sh", level],
            cwd=self.project,
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_no_python_is_one_clear_line(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_old_python_is_one_clear_line(machine: Machine) -> None:
    machine.python("python3", fits=False)
    done = machine.setup()
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "none is on the PATH" in done.stderr


def test_python_without_venv_is_one_clear_line(machine: Machine) -> None:
    machine.python("python3.12", venv=False)
    done = machine.setup()
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "apt install python3.12-venv" in done.stderr


def test_python_that_does_not_fit_is_passed_over(machine: Machine) -> None:
    machine.python("python3.13", fits=False)
    machine.python("python3.12", venv=False)
    machine.python("python3.11")
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert "Python3.11 (fake)" in done.stderr
    assert machine.installs == ["requirements.txt"]


def test_second_start_installs_nothing(machine: Machine) -> None:
    machine.python("python3.11")
    assert machine.setup().returncode == 0
    done = machine.setup()
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.installs == ["requirements.txt"]


def test_changed_requirement_is_installed(machine: Machine) -> None:
    machine.python("python3.11")
    machine.setup()
    with (machine.project / "requirements.txt").open("a") as file:
        file.write("more==1\n")
    machine.setup()
    assert machine.installs == ["requirements.txt"] * 2


def test_each_level_is_installed_on_its_own(machine: Machine) -> None:
    machine.python("python3.11")
    for level in ("app", "dev", "train", "app", "dev"):
        assert machine.setup(level).returncode == 0
    assert machine.installs == ["requirements.txt", "requirements-dev.txt", "requirements-train.txt"]


def test_interrupted_install_is_taken_up_again(machine: Machine) -> None:
    machine.python("python3.11", pip=False)
    assert machine.setup().returncode != 0
    assert not list((machine.project / ".venv").glob(".installed-*"))
    machine.python("python3.11")
    shutil.copy(machine.bin / "python3.11", machine.project / ".venv" / "bin" / "python")
    assert machine.setup().returncode == 0
    assert machine.installs == ["requirements.txt"] * 2


def test_broken_environment_is_made_anew(machine: Machine) -> None:
    machine.python("python3.11")
    machine.setup()
    (machine.project / ".venv" / "bin" / "python").write_text("#!/nowhere\n")
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert "anew" in done.stderr
    assert machine.installs == ["requirements.txt"] * 2


# --- what the browser runs ---------------------------------------------------------------------------


def with_npm(machine: Machine, *, works: bool = True) -> None:
    """A machine with a Python, the project's npm packages, and an npm that writes down what it is asked."""
    machine.python("python3.11")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, machine.project)
    npm = machine.bin / "npm"
    made = f"{machine.bin}/mkdir -p node_modules" if works else "exit 1"
    npm.write_text(f'#!/bin/sh\necho "npm $1" >> installs.log\n{made}\n')
    npm.chmod(0o755)


def test_the_browsers_runtime_is_fetched_once(machine: Machine) -> None:
    with_npm(machine)
    assert machine.setup().returncode == 0
    assert machine.installs == ["requirements.txt", "npm ci"]
    done = machine.setup()
    assert (done.returncode, done.stderr) == (0, "")
    machine.setup("train")
    assert machine.installs == ["requirements.txt", "npm ci", "requirements-train.txt"]


def test_without_the_browsers_runtime_attune_starts_and_says_so(machine: Machine) -> None:
    with_npm(machine, works=False)
    done = machine.setup()
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1].endswith(
        "pictures are read on the server alone. The next start tries again."
    )
    machine.setup()
    assert machine.installs == ["requirements.txt", "npm ci", "npm ci"]


def test_the_lock_file_pins_every_package_by_its_hash() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert locked[""]["dependencies"] == wanted
    for name, package in locked.items():
        if name:
            assert package["integrity"].startswith("sha512-"), name
            assert "resolved" not in package, name


def test_unknown_level_is_refused(machine: Machine) -> None:
    done = machine.setup("everything")
    assert done.returncode == 2
    assert "Received: everything" in done.stderr


# --- scripts/browser.py ------------------------------------------------------------------------------


def fake_browser(path: Path, *, works: bool = True) -> Path:
    path.write_text(f"#!/bin/sh\n{'echo Chromium 1.2.3' if works else 'exit 1'}\n")
    path.chmod(0o755)
    return path


def test_browser_named_by_chrome_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_BROWSER", raising=False)
    monkeypatch.setenv("CHROME", str(fake_browser(tmp_path / "mine")))
    assert browser.find_browser() == str(tmp_path / "mine")


def test_browser_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_BROWSER", str(fake_browser(tmp_path / "stub", works=False)))
    monkeypatch.delenv("CHROME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_browser(tmp_path / "google-chrome", works=False)
    good = fake_browser(tmp_path / "chromium")
    assert browser.find_browser() == str(good)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: Playwright's download fails, apt-get would bring one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\nexit 1\n')
    apt = folder / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "apt-get $@" >> {folder}/calls\n'
        f'[ "$1" = install ] && printf "#!/bin/sh\\necho Chromium 1.2.3\\n" > {folder}/chromium\n'
        f'[ "$1" = install ] && {shutil.which("chmod")} +x {folder}/chromium\nexit 0\n'
    )
    for program in (python, apt):
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    for variable in ("ATTUNE_BROWSER", "CHROME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(browser, "_playwrights", lambda: None)
    monkeypatch.setattr(browser, "MAC_APPS", ())
    return folder


def test_root_gets_debians_browser_when_playwrights_cannot_be_had(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert browser.fetch_browser() == str(bare / "chromium")
    first, *then = (bare / "calls").read_text().splitlines()
    assert first == "-m playwright install chromium"
    assert [line.split()[:2] for line in then] == [["apt-get", "update"], ["apt-get", "install"]]


def test_nobody_else_asks_apt(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert browser.fetch_browser() is None
    assert "apt-get" not in (bare / "calls").read_text()


# --- scripts/postgres.py -----------------------------------------------------------------------------


def fake_postgres(folder: Path, *, works: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\n{'echo 15.1' if works else 'exit 1'}\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_newest_postgres_that_runs_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_POSTGRES", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(postgres, "PLACES", (str(tmp_path / "*" / "bin"),))
    assert postgres.find_programs() is None
    for version in ("9.6", "15", "17"):
        fake_postgres(tmp_path / version / "bin", works=version != "17")
    (tmp_path / "16" / "bin").mkdir(parents=True)
    assert postgres.find_programs() == tmp_path / "15" / "bin"
    monkeypatch.setenv("ATTUNE_POSTGRES", str(fake_postgres(tmp_path / "mine")))
    assert postgres.find_programs() == tmp_path / "mine"


@pytest.mark.parametrize("user", [0, 1000])
def test_root_alone_asks_apt_for_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n')
    apt.chmod(0o755)
    monkeypatch.delenv("ATTUNE_POSTGRES", raising=False)
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.setattr(postgres, "PLACES", ())
    monkeypatch.setattr(postgres, "NO_SERVER_OF_DEBIANS", tmp_path / "etc" / "attune.conf")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert postgres.main() == 1
    if user == 0:
        assert (tmp_path / "calls").read_text().splitlines()[1].endswith("postgresql")
        assert "create_main_cluster = false" in (tmp_path / "etc" / "attune.conf").read_text()
    else:
        assert not (tmp_path / "calls").exists()


# --- scripts/test.sh ---------------------------------------------------------------------------------


@pytest.fixture
def run_tests(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``run_tests("scripts.browser", "-x", QUICK="1")``: test.sh where that program finds nothing.

    pytest, if it is reached, is printed with its arguments.
    """
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "test.sh", tmp_path / "scripts")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$2" = "$MISSING" ] && exit 1\necho "$2"\necho "ran $@" >&2\n')
    python.chmod(0o755)

    def run(missing: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("REQUIRE_", "ATTUNE_", "QUICK"))}
        return subprocess.run(
            ["sh", "scripts/test.sh", *arguments],
            cwd=tmp_path,
            env={**env, "MISSING": missing, **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("missing", "variable", "says"),
    [
        ("scripts.browser", "REQUIRE_BROWSER", "NO BROWSER"),
        ("scripts.postgres", "REQUIRE_POSTGRES", "NO POSTGRESQL"),
        ("scripts.nginx", "REQUIRE_NGINX", "NO NGINX"),
        ("scripts.caddy", "REQUIRE_CADDY", "NO CADDY"),
        ("scripts.coturn", "REQUIRE_COTURN", "NO COTURN"),
    ],
)
def test_what_cannot_be_had_is_said_loudly_and_stops_the_tests_where_it_is_required(
    run_tests: Callable[..., subprocess.CompletedProcess[str]], missing: str, variable: str, says: str
) -> None:
    skipped = run_tests(missing)
    assert skipped.returncode == 0
    assert f"==== {says}" in skipped.stderr
    assert "ran -m pytest" in skipped.stderr
    required = run_tests(missing, **{variable: "1"})
    assert required.returncode == 1
    assert f"{variable}=1 is set" in required.stderr
    assert "ran -m pytest" not in required.stderr


def test_the_quick_tests_look_for_nothing(
    run_tests: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run_tests("", "tests/ui", QUICK="1")
    # Nor does it read the tests of the browser, none of which it would run.
    chosen = "-m not browser and not postgres and not slow --ignore=tests/browser"
    assert done.stderr == f"ran -m pytest -n auto {chosen} tests/ui\n"


# --- what a repository needs -------------------------------------------------------------------------


def test_licence_is_mit() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


@pytest.mark.parametrize("name", [".ci/run", "scripts/setup.sh", "scripts/serve.sh", "scripts/test.sh"])
def test_script_is_executable_and_parses(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    subprocess.run(["sh", "-n", str(path)], check=True)


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "http://127.0.0.1:8501"), ("::1", "http://[::1]:8501")]
)
def test_serve_prints_an_address_that_browsers_take(tmp_path: Path, host: str, shown: str) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "serve.sh", tmp_path / "scripts")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(shutil.which("true") or "/bin/true")
    done = subprocess.run(
        ["sh", "scripts/serve.sh", host], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"attune: {shown} ")


@pytest.mark.parametrize("make", [True, False], ids=["make", "no make"])
def test_ci_runs_the_tests_and_requires_all_that_they_need(tmp_path: Path, make: bool) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    needs = "".join(f"$REQUIRE_{name}" for name in ("BROWSER", "POSTGRES", "NGINX", "CADDY", "COTURN"))
    say = f'#!/bin/sh\necho "$0 $* requires {needs}"\n'
    for name in ("scripts/setup.sh", "scripts/test.sh", *(["bin/make"] if make else [])):
        (tmp_path / name).write_text(say)
        (tmp_path / name).chmod(0o755)
    for tool in ("sh", "dirname"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    done = subprocess.run(
        [tmp_path / ".ci" / "run"],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=True,
    )
    last = done.stdout.splitlines()[-1]
    assert last.endswith("make test requires 11111" if make else "scripts/test.sh  requires 11111")


@pytest.mark.parametrize("required", [True, False], ids=["required", "not required"])
def test_what_cannot_be_had_is_a_failure_where_it_is_required_and_else_a_skip(
    monkeypatch: pytest.MonkeyPatch, required: bool
) -> None:
    monkeypatch.setattr(test_server, "find_programs", lambda: None)
    monkeypatch.setattr(test_browser, "find_browser", lambda: None)
    monkeypatch.setattr(proxies, "find_nginx", lambda: None)
    monkeypatch.setattr(proxies, "find_caddy", lambda: None)
    monkeypatch.setattr(coturn, "find_coturn", lambda: None)
    for name in ("POSTGRES", "BROWSER", "NGINX", "CADDY", "COTURN"):
        variable = f"REQUIRE_{name}"
        if required:
            monkeypatch.setenv(variable, "1")
        else:
            monkeypatch.delenv(variable, raising=False)
    outcome = pytest.fail.Exception if required else pytest.skip.Exception
    with pytest.raises(outcome, match="PostgreSQL is not installed"):
        test_server.postgres_for_test()
    with pytest.raises(outcome, match="No Chrome or Chromium"):
        test_browser.browser_for_test()
    with pytest.raises(outcome, match="No nginx"):
        proxies.nginx_path()
    with pytest.raises(outcome, match="No Caddy"):
        proxies.caddy_path()
    with pytest.raises(outcome, match="No coturn"):
        coturn.coturn_path()


def test_this_python_is_one_the_set_up_takes() -> None:
    assert (3, 11) <= sys.version_info[:2] <= (3, 13)


def test_documents_point_to_files_that_exist() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert documents
    missing = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert missing == []
