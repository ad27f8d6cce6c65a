"""What is said in passing and answered in passing: greetings, thanks, a moment to think, what we can do."""

from collections.abc import Collection

from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.sentences import Words


def in_passing(todo: Collection[Want], words: Words) -> str:
    """The answer to what was said beside the matter, "" when nothing was."""
    answers = {
        Want.HELP: words.abilities,
        Want.GREETING: words.hello,
        Want.THANKS: words.welcome,
        Want.WAIT: words.take_your_time,
    }
    return next((answer for want, answer in answers.items() if want in todo), "")
