"""A speech engine behind OpenAI's Realtime protocol: voice activity, recognition, a brain, synthesis."""
