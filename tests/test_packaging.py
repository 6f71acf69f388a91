"""What is published: the built front end inside, and it works with the core dependencies alone."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILT = {f"jupyter_explain/static/{name}" for name in ("widget.js", "widget.css", "more.js", "zh-CN.json")}
OPTIONAL = (
    "torch",
    "sklearn",
    "pandas",
    "matplotlib",
    "scipy",
    "skimage",
    "transformers",
    "xgboost",
    "lightgbm",
)
LOADED = f"import sys, jupyter_explain; print([name for name in {OPTIONAL} if name in sys.modules])"


def run(*command: str | Path, **options) -> str:
    """A command's output; its errors are in the failure."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", folder, ROOT)
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory) -> Path:
    """Built from the sdist where there is no npm."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.unpack_archive(sdist, folder)
    source = next(folder.iterdir())
    environment = {name: value for name, value in os.environ.items() if name != "JX_SKIP_FRONTEND"}
    environment["PATH"] = "/nowhere"
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", source, env=environment)
    return next((source / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def clean_python(wheel, tmp_path_factory) -> Path:
    """An interpreter with the wheel and its core dependencies only."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-qq", wheel)
    return python


def test_sdist_has_the_built_front_end_and_its_sources(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert names >= BUILT | {"js/package.json", "js/package-lock.json", "js/src/widget.ts", "LICENSE"}
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name or "artifacts" in name]


def test_wheel_has_the_built_front_end_and_only_the_package(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= BUILT
    assert {name.split("/")[0].split("-")[0] for name in names} == {"jupyter_explain"}
    assert all((ROOT / name).exists() for name in names if name.endswith(".py"))


def test_front_end_is_small():
    """It travels with every widget."""
    assert (ROOT / "jupyter_explain/static/widget.js").stat().st_size < 150_000


def test_import_is_light():
    assert run(sys.executable, "-c", LOADED) == "[]"


def test_installed_wheel_works_with_core_dependencies(clean_python, tmp_path):
    assert run(clean_python, "-c", LOADED, cwd=tmp_path) == "[]"
    listed = run(clean_python, "-c", "import jupyter_explain as jx; print(jx.methods())", cwd=tmp_path)
    assert "kernel_shap" in listed or "Kernel SHAP" in listed


def test_installed_wheel_explains(clean_python, tmp_path):
    code = (
        "import numpy as np, jupyter_explain as jx\n"
        "e = jx.explain(lambda X: X @ [1.0, 2.0], np.array([3.0, 5.0]), 'kernel_shap', baseline='zeros')\n"
        "print(np.round(e.values, 6).tolist())"
    )
    assert run(clean_python, "-c", code, cwd=tmp_path) == "[3.0, 10.0]"
