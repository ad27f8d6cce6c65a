"""`python -m local`: the command line. Only parses and reports; imports nothing outside the standard library itself,

so that a missing package becomes a sentence with its cure.
"""

import argparse
import os
import sys
import traceback

DEFAULT_SCENE = "availability_and_lead"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m local", description="nightdesk on this machine.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    stack = argparse.ArgumentParser(add_help=False)
    stack.add_argument(
        "--engine",
        choices=["offline", "openai"],
        default="offline",
        help="openai needs OPENAI_API_KEY; the offline engine stands behind it",
    )
    stack.add_argument(
        "--bookings",
        choices=["own", "reference"],
        default="own",
        help="who keeps them: our own store, or a reference booking system (its prices are simpler)",
    )
    stack.add_argument(
        "--recording", choices=["relay", "twilio", "off"], default="relay", help="who records the calls (default relay)"
    )
    stack.add_argument("--relays", type=_count, default=1, metavar="N", help="how many relays (default 1)")
    stack.add_argument(
        "--port", type=_named_port, action="append", default=[], metavar="NAME=N", help="a fixed port, e.g. speech=8200"
    )
    stack.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="info")
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument("--json", action="store_true", help="print one JSON document and nothing else")

    up = commands.add_parser("up", parents=[stack, machine], help="start everything and keep serving until Ctrl-C")
    up.add_argument(
        "--call",
        nargs="?",
        const=DEFAULT_SCENE,
        metavar="SCENE",
        help=f"place one call first (default {DEFAULT_SCENE})",
    )
    call = commands.add_parser("call", parents=[stack, machine], help="place one call with real audio")
    call.add_argument("scene", nargs="?", default=DEFAULT_SCENE, metavar="SCENE")
    call.add_argument("--list", action="store_true", help="list the scenes")
    text = commands.add_parser("text", parents=[stack], help="talk with the same clerk and tools by keyboard")
    text.add_argument(
        "--caller", default="+12075550142", metavar="NUMBER", help="the number you call from; or anonymous"
    )
    text.add_argument("--property", default="west-bethel-motel", metavar="HOTEL", help="the hotel that you call")
    text.add_argument("--language", default="", metavar="CODE", help="one that it speaks (default: its own)")
    text.add_argument("--unattested", action="store_true", help="the network does not vouch for your number")
    texts = commands.add_parser("texts", parents=[machine], help="play conversations in writing, and judge them")
    texts.add_argument("texts", nargs="*", metavar="NAME")
    scenes = commands.add_parser("scenes", parents=[stack, machine], help="run scenes, several at a time")
    scenes.add_argument("scenes", nargs="*", metavar="SCENE")
    scenes.add_argument("--jobs", type=_count, default=3, metavar="N", help="calls at the same time (default 3)")
    scenes.add_argument("--repeat", type=_count, default=1, metavar="K", help="each scene so many times (default 1)")
    bookings = commands.add_parser("pms", help="serve a reference booking system, which another system may replace")
    bookings.add_argument("--serve-on", type=int, default=8300, metavar="PORT", help="its port (default 8300)")
    bookings.add_argument("--key", default="", metavar="KEY", help="what functions show; made up when left out")
    bookings.add_argument("--hotels", default="", metavar="FOLDER", help="hotels' files (default: the packaged ones)")
    render = commands.add_parser("render", help="make the recordings of callers' lines that have none")
    render.add_argument("--again", action="store_true", help="make all of them anew")
    return top


def _count(value: str) -> int:
    number = int(value)
    if not 1 <= number <= 50:
        raise argparse.ArgumentTypeError("must be from 1 to 50")
    return number


def _named_port(value: str) -> tuple[str, int]:
    name, separator, number = value.partition("=")
    if not separator or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{value!r} is not NAME=NUMBER")
    return name, int(number)


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who reads the output has had enough (`| head`). What is left of it must not be tried again as Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        print(f"nightdesk: the package {error.name!r} is missing. Run `make setup`.", file=sys.stderr)
    except Exception as error:
        from local.config import LOCAL

        crash_log = LOCAL / "crash.log"
        crash_log.parent.mkdir(parents=True, exist_ok=True)
        crash_log.write_text(traceback.format_exc(), encoding="utf-8")
        print(f"nightdesk: a bug: {type(error).__name__}: {error}. The details are in {crash_log}.", file=sys.stderr)
    return 2


def _run(arguments: argparse.Namespace) -> int:
    from local import commands
    from local.errors import LocalError

    run = {
        "up": commands.up,
        "call": commands.call,
        "text": commands.talk,
        "texts": commands.play_texts,
        "scenes": commands.scenes,
        "render": commands.render_lines,
        "pms": commands.serve_bookings,
    }
    try:
        return run[arguments.command](arguments)
    except LocalError as error:
        commands.explain(error)
        return 2


if __name__ == "__main__":
    sys.exit(main())
