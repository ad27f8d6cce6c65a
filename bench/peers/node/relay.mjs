// A phone relay in the shape of Twilio's Node sample: `ws` at both ends, JSON in and out for every message, a mark per
// delta, the play position from the caller's media timestamps, and 100 ms before the session is configured.
import { createServer } from "node:http";
import WebSocket, { WebSocketServer } from "ws";

const SESSION = {
  type: "realtime",
  output_modalities: ["audio"],
  audio: {
    input: { format: { type: "audio/pcmu" }, turn_detection: { type: "server_vad" } },
    output: { format: { type: "audio/pcmu" }, voice: "alloy" },
  },
};

const http = createServer();
const server = new WebSocketServer({ server: http, path: "/media-stream" });

server.on("connection", (caller) => {
  let streamSid = null;
  let latestMs = 0;
  let item = null;
  let beganMs = null;
  let marks = [];
  const engine = new WebSocket(process.env.ENGINE_URL);
  const tellEngine = (message) => engine.send(JSON.stringify(message));
  const tellCaller = (message) => caller.send(JSON.stringify({ ...message, streamSid }));

  engine.on("open", () => {
    setTimeout(() => {
      if (engine.readyState !== WebSocket.OPEN) return;
      tellEngine({ type: "session.update", session: SESSION });
      tellEngine({ type: "response.create" });
    }, 100);
  });

  engine.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.type === "response.output_audio.delta") {
      const payload = Buffer.from(message.delta, "base64").toString("base64");
      tellCaller({ event: "media", media: { payload } });
      beganMs ??= latestMs;
      item = message.item_id;
      tellCaller({ event: "mark", mark: { name: "part" } });
      marks.push("part");
    } else if (message.type === "input_audio_buffer.speech_started" && marks.length > 0 && beganMs !== null) {
      tellEngine({
        type: "conversation.item.truncate",
        item_id: item,
        content_index: 0,
        audio_end_ms: latestMs - beganMs,
      });
      tellCaller({ event: "clear" });
      marks = [];
      item = null;
      beganMs = null;
    }
  });

  caller.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.event === "media") {
      latestMs = Number(message.media.timestamp);
      if (engine.readyState === WebSocket.OPEN) {
        tellEngine({ type: "input_audio_buffer.append", audio: message.media.payload });
      }
    } else if (message.event === "start") {
      streamSid = message.start.streamSid;
      beganMs = null;
    } else if (message.event === "mark") {
      marks.shift();
    }
  });

  caller.on("close", () => {
    if (engine.readyState === WebSocket.OPEN) engine.close();
  });
  engine.on("error", (problem) => console.error(problem.message));
});

http.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
