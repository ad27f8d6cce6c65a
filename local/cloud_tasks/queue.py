"""One queue: which names are taken, what is due, and when what failed is tried again. Pure.

Sources: CreateTaskRequest, "Task De-duplication" (an hour); RetryConfig's defaults; "Create HTTP target tasks", the
headers that a worker is sent and what counts as done.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from local.cloud_tasks.task import ApiError, Task

NAME_TAKEN_FOR = timedelta(hours=1)
MOST_ATTEMPTS = 100
SHORTEST_PAUSE, LONGEST_PAUSE, MOST_DOUBLINGS = timedelta(milliseconds=100), timedelta(hours=1), 16


@dataclass(frozen=True)
class Waiting:
    """A task that is still to be done. `answered` counts answers that were not 5xx, `last` is the newest status."""

    task: Task
    due_at: datetime
    attempts: int = 0
    answered: int = 0
    last: int = 0


@dataclass
class Queue:
    name: str
    waiting: dict[str, Waiting] = field(default_factory=dict)
    gone: dict[str, datetime] = field(default_factory=dict)
    """Names of tasks that are done or given up, and since when."""

    def add(self, task: Task, now: datetime) -> dict[str, Any]:
        """Raises: ApiError for a name that is there, or was within the hour."""
        ended = self.gone.get(task.name)
        if task.name in self.waiting:
            raise ApiError(409, "ALREADY_EXISTS", "Requested entity already exists")
        if ended is not None and now - ended < NAME_TAKEN_FOR:
            message = "The task cannot be created because a task with this name existed too recently."
            raise ApiError(409, "ALREADY_EXISTS", message)
        self.waiting[task.name] = Waiting(task, task.due_at)
        return task.shown()

    def due(self, now: datetime) -> list[Waiting]:
        found = [waiting for waiting in self.waiting.values() if waiting.due_at <= now]
        return sorted(found, key=lambda waiting: waiting.due_at)

    def headers(self, waiting: Waiting) -> dict[str, str]:
        """What the worker is told besides what the task says."""
        retried = {"X-CloudTasks-TaskPreviousResponse": str(waiting.last)} if waiting.last else {}
        return {
            **waiting.task.headers,
            "User-Agent": "Google-Cloud-Tasks",
            "X-CloudTasks-QueueName": self.name.rpartition("/")[2],
            "X-CloudTasks-TaskName": waiting.task.task_id,
            "X-CloudTasks-TaskRetryCount": str(waiting.attempts),
            "X-CloudTasks-TaskExecutionCount": str(waiting.answered),
            "X-CloudTasks-TaskETA": f"{waiting.due_at.timestamp():.6f}",
            **retried,
        }

    def tried(self, waiting: Waiting, status: int, now: datetime) -> None:
        """What came of an attempt; 0: no answer."""
        name, attempts = waiting.task.name, waiting.attempts + 1
        if 200 <= status < 300 or attempts >= MOST_ATTEMPTS:
            del self.waiting[name]
            self.gone[name] = now
            return
        pause = min(SHORTEST_PAUSE * 2 ** min(waiting.attempts, MOST_DOUBLINGS), LONGEST_PAUSE)
        answered = waiting.answered + (0 < status < 500)
        self.waiting[name] = replace(
            waiting, due_at=now + pause, attempts=attempts, answered=answered, last=status or waiting.last
        )
