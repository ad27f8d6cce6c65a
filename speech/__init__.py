"""A speech engine that speaks OpenAI's Realtime protocol: voice activity, recognition, a brain and synthesis, each behind a port."""
