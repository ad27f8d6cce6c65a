from pathlib import Path

from local.config import child_environment, user_settings


def test_a_key_comes_from_the_environment_before_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# a comment\nexport OPENAI_API_KEY='from-file'\nOTHER\n")
    assert user_settings(dotenv, {}).openai_api_key == "from-file"
    assert user_settings(dotenv, {"OPENAI_API_KEY": "mine"}).openai_api_key == "mine"


def test_without_either_there_is_no_key(tmp_path: Path) -> None:
    settings = user_settings(tmp_path / ".env", {})
    assert settings.openai_api_key == ""
    assert settings.openai_origin == "wss://api.openai.com"


def test_a_child_gets_its_settings_the_programs_of_this_environment_and_no_more() -> None:
    environment = child_environment({"PORT": "1"}, {"PATH": "/usr/bin", "PORT": "2", "TWILIO_AUTH_TOKEN": "x"})
    assert environment["PORT"] == "1"
    assert environment["PATH"].endswith("/usr/bin")
    assert "TWILIO_AUTH_TOKEN" not in environment
