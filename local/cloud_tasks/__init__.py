"""A simulated Cloud Tasks, for tests: one project's queues over its REST API, strict where the real service is.

| file | it knows |
|---|---|
| `task.py` | what of a task that is asked for is refused, and in which words. Pure |
| `queue.py` | which names are taken, what is due, when it is tried again. Pure |
| `tokens.py` | the tokens that Google signs, and the certificate by which they are known |
| `service.py` | the API, the metadata server that gives access tokens, and the requests to workers |

It is not part of a local run: there the store is the queue (`TASKS=store`), which needs no process of its own.
"""

from local.cloud_tasks.service import SimulatedCloudTasks

__all__ = ["SimulatedCloudTasks"]
