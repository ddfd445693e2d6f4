"""Noise that nobody can act on is left out of every command; every other warning is shown."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from backstride.quiet import is_noise
from backstride.settings import ROOT

LIBRARY = str(Path(sysconfig.get_path("purelib"), "some_library.py"))
OWN = str(ROOT / "backstride" / "answers.py")


@pytest.mark.parametrize(
    ("message", "category"),
    [
        ("'parseString' deprecated - use 'parse_string'", DeprecationWarning),
        ("pkg_resources is deprecated as an API. See https://setuptools.pypa.io", UserWarning),
        ("Distutils was imported before Setuptools", UserWarning),
        ("Attempting to set identical left == right == -0.5 results in singular transformations", UserWarning),
        ("The utterance 'utter_out_of_scope' is not used in any story or rule.", UserWarning),
    ],
)
def test_what_libraries_say_of_one_another_is_noise(message: str, category: type[Warning]) -> None:
    assert is_noise(message, category, LIBRARY)


@pytest.mark.parametrize(
    ("message", "category", "filename"),
    [
        ("this is deprecated", DeprecationWarning, OWN),
        ("The utterance 'utter_new' is not used in any story or rule.", UserWarning, LIBRARY),
        ("Issue found in 'data/relief/nlu.yml': an example stands here twice.", UserWarning, LIBRARY),
        ("overflow encountered in exp", RuntimeWarning, LIBRARY),
    ],
)
def test_what_somebody_can_act_on_is_none(message: str, category: type[Warning], filename: str) -> None:
    assert not is_noise(message, category, filename)


def test_it_lasts_whatever_filters_a_library_sets_and_shows_the_rest() -> None:
    program = (
        "import backstride.quiet; backstride.quiet.set_up()\n"
        "import logging, warnings\n"
        "warnings.simplefilter('always')\n"
        f"warnings.warn_explicit('old', DeprecationWarning, {LIBRARY!r}, 1)\n"
        f"warnings.warn_explicit('to be mended', UserWarning, {LIBRARY!r}, 2)\n"
        "logging.warning('Limited tf.compat.v2.summary API due to missing TensorBoard installation.')\n"
        "logging.warning('another')\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "to be mended" in ended.stderr
    assert "another" in ended.stderr
    assert "old" not in ended.stderr
    assert "TensorBoard" not in ended.stderr


def test_the_environment_does_so_by_itself() -> None:
    """`make setup` wrote it: plain `rasa` commands are as quiet."""
    program = "import os; print(os.environ['RASA_TELEMETRY_ENABLED'])"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={})

    assert ended.stdout.strip() == "false"
