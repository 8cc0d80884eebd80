"""The contract in the hands of other programs: linters, and clients generated from it that run.

What they need is installed from the lists in `tests/contract/` into pytest's cache, once. OpenAPI
Generator comes from its Python package, with the Java of another one.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cast import Client
from tests.files import PDF

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "tests/contract"
FLOWS = SOURCES / "generated"
HOST = "api.qualiforma.site"
PATIENCE = 600  # a first run downloads

pytestmark = pytest.mark.long
needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="node or npm is not installed here"
)


PHP_NEEDS = "require 'GuzzleHttp/autoload.php'; exit(extension_loaded('mbstring') ? 0 : 1);"


def has_php() -> bool:
    php = shutil.which("php")
    if php is None:
        return False
    return subprocess.call([php, "-r", PHP_NEEDS], stderr=subprocess.DEVNULL) == 0


needs_php = pytest.mark.skipif(
    not has_php(), reason="php, its mbstring or Guzzle is not installed here"
)


def run(*command, cwd, **environment):
    """Run a program that must succeed; return what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(folder, lists, *commands):
    """Run these commands in a folder unless they ran for the same lists before."""
    digest = hashlib.sha256()
    for name in lists:
        shutil.copy(SOURCES / name, folder)
        digest.update((SOURCES / name).read_bytes())
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        for command in commands:
            run(*command, cwd=folder)
        stamp.write_text(digest.hexdigest())
    return folder


@pytest.fixture(scope="module")
def node(request):
    """A folder with the programs of `package-lock.json`."""
    folder = request.config.cache.mkdir("contract-node")
    return installed(folder, ["package.json", "package-lock.json", ".npmrc"], ["npm", "ci"])


@pytest.fixture(scope="module")
def python(request):
    """A virtual environment of its own: the generator's pins are none of the project's."""
    folder = request.config.cache.mkdir("contract-python")
    venv = folder / "venv"
    make = [sys.executable, "-m", "venv", "--clear", venv]
    install = ["make", "-C", ROOT, f"VENV={venv}", venv / ".contract"]
    return installed(folder, ["requirements.txt"], make, install) / "venv"


@pytest.fixture
def document(acme, settings, tmp_path):
    """The contract as a production server publishes it, in a file."""
    settings.HTTPS, settings.ALLOWED_HOSTS = True, [HOST]
    published = Client(None).get("/api/v1/schema", HTTP_HOST=HOST)
    file = tmp_path / "openapi.json"
    file.write_bytes(published.content)
    return file


@pytest.fixture
def account(demo_server):
    """What a client script is told: where, for whom, as whom."""
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return [demo_server.base, "qualiforma-demo", "admin@qualiforma.fr", password]


@needs_node
def test_redocly_finds_nothing(document, node):
    report = run(
        *(node / "node_modules/.bin/redocly", "lint", document, "--format=json"),
        *("--config", SOURCES / "redocly.yaml"),
        cwd=node,
        REDOCLY_SUPPRESS_UPDATE_NOTICE="true",
    )
    assert json.loads(report)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


@needs_node
def test_spectral_finds_nothing(document, node):
    # The ruleset names packages, which are looked for beside it.
    ruleset = shutil.copy(SOURCES / ".spectral.yaml", node)
    spectral = node / "node_modules/.bin/spectral"
    report = run(
        *(spectral, "lint", document, "--ruleset", ruleset, "--fail-severity=hint"),
        cwd=node,
        SCARF_ANALYTICS="false",
    )
    assert "No results" in report


@needs_node
def test_a_typescript_client_lives_a_plan(document, node, account):
    for name in ("life.ts", "tsconfig.json"):
        shutil.copy(SOURCES / name, node)
    programs = node / "node_modules/.bin"
    run(programs / "openapi-typescript", document, "--output", "api.d.ts", cwd=node)
    run(programs / "tsc", cwd=node)
    assert run("node", "build/life.js", *account, cwd=node) == "lived\n"


def test_a_python_client_lives_a_plan(document, python, account, tmp_path):
    client = tmp_path / "qualiforma_client"
    programs = {"PATH": f"{python / 'bin'}{os.pathsep}{os.environ['PATH']}", "MYPYPATH": "."}
    run(
        *(python / "bin/openapi-python-client", "generate", "--path", document),
        *("--output-path", client, "--meta", "none", "--fail-on-warning"),
        *("--config", SOURCES / "python.yaml"),
        cwd=tmp_path,
        **programs,
    )
    shutil.copy(SOURCES / "life.py", tmp_path)
    run(python / "bin/python", "-m", "compileall", "-q", client, cwd=tmp_path)
    # Not `client.py`: it is the generator's own, the same for every contract.
    mypy = (python / "bin/mypy", "--strict", "--follow-imports=silent")
    run(*mypy, "life.py", client / "api", client / "models", cwd=tmp_path, **programs)
    assert run(python / "bin/python", "life.py", *account, cwd=tmp_path) == "lived\n"


@pytest.fixture
def pdf(tmp_path):
    file = tmp_path / "compte-rendu.pdf"
    file.write_bytes(PDF)
    return file


def generated(python, document, generator, folder, **options):
    """Have OpenAPI Generator write a client; its files are what a user of it gets."""
    stated = ",".join(f"{name}={value}" for name, value in options.items())
    report = run(
        *(python / "bin/openapi-generator-cli", "generate", "-i", document, "-g", generator),
        *("-o", folder, "--global-property", "apiTests=false,modelTests=false,apiDocs=false"),
        *(("--additional-properties", stated) if stated else ()),
        cwd=folder.parent,
        JAVA_OPTS="-XX:TieredStopAtLevel=1",
    )
    assert "FILEPATH_COLLISION" not in report
    return folder


def test_openapi_generators_python_client_runs(document, python, account, pdf, tmp_path):
    folder = generated(python, document, "python", tmp_path / "client")
    shutil.copy(FLOWS / "flow.py", folder)
    assert run(python / "bin/python", "flow.py", *account, pdf, cwd=folder) == "done\n"


@needs_php
def test_openapi_generators_php_client_runs(document, python, account, pdf, tmp_path):
    folder = generated(python, document, "php", tmp_path / "client")
    shutil.copy(FLOWS / "flow.php", folder)
    assert run("php", "flow.php", *account, pdf, cwd=folder) == "done\n"


def compiled(node, name, **sources):
    """A new folder for a TypeScript client, with its program and settings."""
    folder = node / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for target, source in {"tsconfig.json": "tsconfig.json", **sources}.items():
        shutil.copy(FLOWS / source, folder / target)
    return folder


@needs_node
@pytest.mark.parametrize("kind", ["axios", "fetch"])
def test_openapi_generators_typescript_client_runs(document, python, node, account, pdf, kind):
    sources = {"flow.ts": "flow.ts", "adapter.ts": f"adapter-{kind}.ts"}
    folder = compiled(node, f"typescript-{kind}", **sources)
    options = {"importFileExtension": ".js", "useSingleRequestParameter": "true"}
    generated(python, document, f"typescript-{kind}", folder / "client", **options)
    run(node / "node_modules/.bin/tsc", cwd=folder)
    assert run("node", "build/flow.js", *account, pdf, cwd=folder) == "done\n"


@needs_node
def test_hey_apis_client_runs(document, node, account, pdf):
    config = {"openapi-ts.config.js": "openapi-ts.config.js"}
    folder = compiled(node, "hey-api", **{"flow.ts": "hey-api.ts"}, **config)
    run(node / "node_modules/.bin/openapi-ts", "--input", document, cwd=folder)
    run(node / "node_modules/.bin/tsc", cwd=folder)
    assert run("node", "build/flow.js", *account, pdf, document, cwd=folder) == "done\n"


@needs_node
def test_an_import_into_postman_runs(document, node, account, pdf):
    shutil.copy(FLOWS / "postman.mjs", node)
    assert run("node", "postman.mjs", document, *account, pdf, cwd=node) == "done\n"
