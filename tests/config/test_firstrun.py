"""The code for the first administrator."""

from config.firstrun import (
    check_first_run_code,
    first_run_code,
    forget_first_run_code,
)


def test_the_printed_code_opens_however_it_is_typed(tmp_path):
    code = first_run_code(tmp_path)
    assert check_first_run_code(tmp_path, code)
    assert check_first_run_code(tmp_path, code.lower().replace("-", " "))


def test_only_the_last_code_opens_and_none_after_it_was_used(tmp_path):
    first, second = first_run_code(tmp_path), first_run_code(tmp_path)
    assert not check_first_run_code(tmp_path, first)
    assert check_first_run_code(tmp_path, second)
    forget_first_run_code(tmp_path)
    assert not check_first_run_code(tmp_path, second)


def test_without_a_code_nothing_opens(tmp_path):
    assert not check_first_run_code(tmp_path, "")


def test_the_code_itself_is_not_kept(tmp_path):
    code = first_run_code(tmp_path)
    kept = (tmp_path / "first_run").read_text()
    assert code.replace("-", "") not in kept
    assert (tmp_path / "first_run").stat().st_mode & 0o777 == 0o600
