import subprocess
import sys

# What a daemon needs only after it has begun to send and to collect: see consign.daemon.
LATER = (
    "apscheduler",
    "config.company",
    "config.divisions",
    "fastapi",
    "followup.steps",
    "holidays",
    "intake.form",
    "intake.understanding",
    "jinja2",
)


def test_letters_that_lie_ready_do_not_wait_for_the_rest_of_the_program() -> None:
    """A daemon that was killed is to send again within a second or two, so `run` imports the rules after that."""
    program = "import consign.commands.running, consign.process, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) & set(LATER) == set()
