"""A stand-in of OpenAI's embeddings service on this machine, which refuses what the service refuses.

Source: OpenAI's API reference, "Create embeddings", and openai's `EmbeddingCreateParams`: no empty text, at most 8,192
tokens in one and 300,000 in all, at most 2,048 texts, `dimensions` only for the newer models, no other arguments.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nightdesk.embeddings import Vector

API_KEY = "sk-test"
MOST_DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
OLDER = "text-embedding-ada-002"
MOST_TEXTS, MOST_TOKENS, MOST_TOKENS_IN_ALL = 2048, 8192, 300_000
ARGUMENTS = {"input", "model", "dimensions", "encoding_format", "user"}


class Refused(Exception):
    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class EmbeddingsService:
    """`vector` embeds a text. `status` other than 200 is an error of the service; it answers after `delay_s`."""

    def __init__(self, vector: Callable[[str], Vector]) -> None:
        self.vector = vector
        self.requests: list[dict[str, Any]] = []
        self.status, self.delay_s = 200, 0.0
        self.released = threading.Event()
        self.url = ""

    def answer(self, path: str, authorization: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises: Refused."""
        if authorization != f"Bearer {API_KEY}":
            raise Refused(401, "Incorrect API key provided.", "invalid_api_key")
        if path != "/v1/embeddings":
            raise Refused(404, f"Invalid URL (POST {path})")
        self.requests.append(body)
        self.released.wait(self.delay_s)
        if self.status != 200:
            raise Refused(self.status, "The server had an error while processing your request.")
        texts = _checked(body)
        data = [
            {"object": "embedding", "index": n, "embedding": list(self.vector(text)[: body["dimensions"]])}
            for n, text in enumerate(texts)
        ]
        tokens = sum(map(_tokens, texts))
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "model": body["model"], "data": data[::-1], "usage": usage}


def _checked(body: dict[str, Any]) -> list[str]:
    """The texts. Raises: Refused."""
    if unknown := set(body) - ARGUMENTS:
        raise Refused(400, f"Unrecognized request arguments supplied: {', '.join(sorted(unknown))}")
    model = body.get("model")
    if model not in (*MOST_DIMENSIONS, OLDER):
        raise Refused(404, f"The model `{model}` does not exist", "model_not_found")
    wanted = body.setdefault("dimensions", MOST_DIMENSIONS.get(model, 1536))
    if model == OLDER and wanted != 1536:
        raise Refused(400, "This model does not support specifying dimensions.")
    if not isinstance(wanted, int) or not 1 <= wanted <= MOST_DIMENSIONS.get(model, 1536):
        raise Refused(400, f"Invalid value for 'dimensions' = {wanted}.")
    if body.get("encoding_format", "float") not in ("float", "base64"):
        raise Refused(400, "Invalid value for 'encoding_format'.")
    texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise Refused(400, "'$.input' is invalid.")
    if len(texts) > MOST_TEXTS:
        raise Refused(400, f"Invalid 'input': array too long. Expected at most {MOST_TEXTS}.")
    counts = list(map(_tokens, texts))
    if max(counts) > MOST_TOKENS or sum(counts) > MOST_TOKENS_IN_ALL:
        raise Refused(400, f"This model's maximum context length is {MOST_TOKENS} tokens.")
    return texts


def _tokens(text: str) -> int:
    """No tokenizer is at hand; four characters make one, of English prose."""
    return len(text) // 4 + 1


@contextmanager
def serving(service: EmbeddingsService) -> Iterator[EmbeddingsService]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, answer = 200, service.answer(self.path, self.headers.get("Authorization", ""), body)
            except Refused as refused:
                kind = "server_error" if refused.status >= 500 else "invalid_request_error"
                error = {"message": str(refused), "type": kind, "param": None, "code": refused.code}
                status, answer = refused.status, {"error": error}
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
