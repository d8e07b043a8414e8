"""What several tests share."""

from __future__ import annotations

from pathlib import Path

import pocket_tts_rs
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def goldens() -> Path:
    """The models and results of the package pocket-tts."""
    return REPOSITORY / "tests" / "goldens"


@pytest.fixture(scope="session")
def model() -> pocket_tts_rs.TTSModel:
    """The model within the package."""
    return pocket_tts_rs.TTSModel.load_model(language="tiny", offline=True)


@pytest.fixture(scope="session")
def voice(model: pocket_tts_rs.TTSModel) -> pocket_tts_rs.ModelState:
    return model.get_state_for_audio_prompt(model.default_voice)


@pytest.fixture(scope="session")
def golden(goldens: Path) -> pocket_tts_rs.TTSModel:
    """A model that clones voices."""
    return pocket_tts_rs.TTSModel.load_model(config=goldens / "01_lsd_24k_bos" / "config.yaml", temp=0.0)


@pytest.fixture(scope="session")
def golden_voice(golden: pocket_tts_rs.TTSModel, goldens: Path) -> pocket_tts_rs.ModelState:
    return golden.get_state_for_audio_prompt(goldens / "01_lsd_24k_bos" / "voice_state.safetensors")
