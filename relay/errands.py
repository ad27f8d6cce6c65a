"""What one call has under way beside its audio: what it asks of functions, fetches and connects, each on a task.

Nobody waits for an errand while the call goes on: what it brings comes back through `handle`. At the end they are
waited for, for a while, and none outlives the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from relay import log
from relay import messages as msg
from relay.clips import Clips
from relay.functions import (
    NOTHING_TO_DO,
    AskClerk,
    FetchSession,
    PostThen,
    PostTurn,
    RunTool,
    Session,
    SessionRefused,
)
from relay.functions_client import FunctionsClient

TURNS_BEFORE_THEN_S = 1.5


class Errands:
    """A session that is fetched goes to `on_session`, all else to `handle`; a task that raises is told to `on_bug`."""

    def __init__(
        self,
        functions: FunctionsClient,
        clips: Clips,
        *,
        handle: Callable[[msg.Event], None],
        on_session: Callable[[Session | SessionRefused], None],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self._functions = functions
        self._clips = clips
        self._handle = handle
        self._on_session = on_session
        self._on_bug = on_bug
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn_posts: dict[int, asyncio.Task[None]] = {}  # the newest of each turn

    # --- functions ---

    async def fetch_session(self, wanted: FetchSession) -> None:
        self._on_session(await self._functions.session(wanted))

    async def fetch_clip(self, url: str) -> None:
        self._handle(msg.Clip(await self._clips.get(url)))

    async def run_tool(self, session: Session, call: RunTool) -> None:
        self._handle(await self._functions.tool(session.session_id, session.attempt, call))

    async def ask_clerk(self, session: Session, ask: AskClerk) -> None:
        self._handle(await self._functions.clerk(session, ask))

    def post_turn(self, session: Session, turn: PostTurn) -> None:
        """A turn that is posted again replaces itself: the same one is never on its way twice."""
        post = self.start(self._post_turn(session, turn, self._turn_posts.get(turn.turn)))
        self._turn_posts[turn.turn] = post
        post.add_done_callback(lambda done: self._posted(session.session_id, turn.turn, done))

    def _posted(self, session_id: str, turn: int, post: asyncio.Task[None]) -> None:
        if post.cancelled():
            log.warn("! turn not stored", session_id=session_id, turn=turn, problem="given up")
        if self._turn_posts.get(turn) is post:
            del self._turn_posts[turn]

    async def _post_turn(self, session: Session, turn: PostTurn, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await asyncio.wait({earlier})
        answer = await self._functions.turn(session.session_id, session.attempt, turn)
        if answer != NOTHING_TO_DO:
            self._handle(answer)

    async def post_then(self, session: Session, then: PostThen) -> None:
        """History is in the store before the stream may end."""
        if self._turn_posts:
            await asyncio.wait(self._turn_posts.values(), timeout=TURNS_BEFORE_THEN_S)
        self._handle(await self._functions.then(session.session_id, session.attempt, then))

    # --- tasks ---

    def start(self, errand: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._on_bug(bug)

    async def finish(self, timeout_s: float) -> None:
        """Wait for what is under way, and give up what takes longer than that."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
            for task in late:
                task.cancel()

    def cut(self) -> None:
        """There is no time: give all of it up."""
        for task in self._tasks:
            task.cancel()
