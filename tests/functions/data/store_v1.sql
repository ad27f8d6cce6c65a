-- Made by the first version of the store (schema 1): every kind of row it knew.
CREATE TABLE conversation_turns (
    session_id TEXT NOT NULL, attempt INTEGER NOT NULL, turn INTEGER NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL,
    stored_at TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (session_id, attempt, turn)
) WITHOUT ROWID;
INSERT INTO "conversation_turns" VALUES('sess_v1',1,2,'user','a room, please','2026-11-20T17:00:00.000000+00:00','{"attempt": 1, "turn": 2, "role": "user", "text": "a room, please", "stored_at": "2026-11-20T17:00:00+00:00", "heard_ms": null, "interrupted": false, "item_id": "item_1", "audio_start_ms": 1, "audio_end_ms": 2}');
CREATE TABLE inventory (
    property_id TEXT NOT NULL, room_type TEXT NOT NULL, room TEXT NOT NULL, night TEXT NOT NULL, taken_by TEXT NOT NULL,
    PRIMARY KEY (property_id, room_type, room, night)
) WITHOUT ROWID;
INSERT INTO "inventory" VALUES('west-bethel-motel','suite','301','2026-11-27','staff');
CREATE TABLE leads (
    lead_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, property_id TEXT NOT NULL, created_at TEXT NOT NULL,
    name TEXT NOT NULL, name_confirmed INTEGER NOT NULL, phone TEXT NOT NULL, phone_source TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "leads" VALUES('lead_1','sess_v1','west-bethel-motel','2026-11-20T17:00:00.000000+00:00','Ann',1,'+12075550142','caller_line','{"lead_id": "lead_1", "session_id": "sess_v1", "property_id": "west-bethel-motel", "created_at": "2026-11-20T17:00:00+00:00", "name": "Ann", "name_confirmed": true, "phone": "+12075550142", "phone_source": "caller_line", "notes": "", "room_type": "", "check_in": "2026-11-27", "check_out": null, "name_clip": {"attempt": 1, "start_ms": 5200, "end_ms": 6100}}');
CREATE TABLE processed_events (event_id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO "processed_events" VALUES('event_1');
CREATE TABLE tool_ledger (
    seq INTEGER PRIMARY KEY, session_id TEXT NOT NULL, tool_call_id TEXT NOT NULL, name TEXT NOT NULL,
    document TEXT NOT NULL, UNIQUE (session_id, tool_call_id)
);
INSERT INTO "tool_ledger" VALUES(1,'sess_v1','call_1','create_lead','{"tool_call_id": "call_1", "name": "create_lead", "arguments": {"name": "Ann"}, "digest": "d", "meaning": "m", "attempt": 1, "turn": 3, "claimed_at": "2026-11-20T17:00:00+00:00", "subject": "lead#1", "finished_at": "2026-11-20T17:00:00+00:00", "answer": {"ok": true, "result": {"lead_id": "lead_1"}}, "changed": true, "replay_of": ""}');
CREATE TABLE voice_calls (
    session_id TEXT PRIMARY KEY, property_id TEXT NOT NULL, status TEXT NOT NULL, outcome TEXT NOT NULL,
    start_time TEXT NOT NULL, ended_published INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "voice_calls" VALUES('sess_v1','west-bethel-motel','active','','2026-11-20T17:00:00.000000+00:00',0,'{"session_id": "sess_v1", "property_id": "west-bethel-motel", "channel": "voice", "direction": "inbound", "language": "en", "call_sid": "CA1", "caller_id": "+12075550142", "called": "+12072203501", "stir": "A", "start_time": "2026-11-20T17:00:00+00:00", "status": "active", "attempt": 2, "streams": [{"attempt": 1, "stream_sid": "MZ1", "engine": "openai", "ended": {"reason": "then", "usage": {"total_tokens": 3}}, "ended_at": "2026-11-20T17:01:00.000Z"}, {"attempt": 2, "stream_sid": "MZ2", "engine": "", "ended": null, "ended_at": ""}], "returned_from": "", "breaks": 0, "unanswered": 0, "then": {"action": "transfer", "to": "front_desk", "reason": "", "tool_call_id": "", "position": [1, 7], "due": true, "last_resort": false}, "steps": {"stream-1": {"action": "attach", "attempt": 2, "department": "", "about": ""}}, "notes": [{"attempt": 1, "text": "nobody took the call"}], "keypad_phone": "", "transferred_to": "", "refused": "", "given_up": false, "terminal_status": "", "terminal_at": "2026-11-20T17:00:00+00:00", "end_time": null, "duration_seconds": null, "messages_count": 0, "tools_executed": ["create_lead"], "lead_id": "", "reservation_id": "", "outcome": "", "cost_usd": 0.0, "recording_url": "", "transcription": "", "sentiment_score": null, "recovered": false, "ended_event": null, "publishing_at": null, "ended_published": false}');
CREATE INDEX voice_calls_active ON voice_calls (property_id, status, start_time);
CREATE INDEX voice_calls_unfinished ON voice_calls (ended_published, start_time);
CREATE INDEX leads_session ON leads (session_id, created_at);
CREATE INDEX inventory_nights ON inventory (property_id, night);
PRAGMA user_version = 1;
