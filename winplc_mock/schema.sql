-- The clinic system's own books. Times are RFC 3339 text in UTC; JSON columns hold text.
CREATE TABLE IF NOT EXISTS clinics (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    auto_confirm INTEGER NOT NULL,
    to_portal TEXT NOT NULL,
    from_portal TEXT NOT NULL,
    settings TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS staff (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (clinic, id)
);
CREATE TABLE IF NOT EXISTS practitioners (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    key TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (clinic, key)
);
CREATE TABLE IF NOT EXISTS closures (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    key TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (clinic, key)
);
CREATE TABLE IF NOT EXISTS patients (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    cpr TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    no_mitid INTEGER NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (clinic, cpr)
);
CREATE TABLE IF NOT EXISTS gp_register (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    cpr TEXT NOT NULL,
    PRIMARY KEY (clinic, cpr)
);
CREATE TABLE IF NOT EXISTS medicines (
    clinic TEXT NOT NULL,
    cpr TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    dose TEXT NOT NULL,
    dependency_forming INTEGER NOT NULL,
    dependency_group TEXT,
    renewable_from TEXT,
    exception_until TEXT,
    exception_by TEXT,
    exception_plan TEXT,
    ordination TEXT NOT NULL,
    ordination_ended TEXT,
    last_dispensed TEXT,
    expected_used_up TEXT,
    open_prescription INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (clinic, cpr, key),
    FOREIGN KEY (clinic, cpr) REFERENCES patients (clinic, cpr)
);
CREATE TABLE IF NOT EXISTS appointment_types (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    key TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (clinic, key)
);
CREATE TABLE IF NOT EXISTS week_definitions (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    key TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (clinic, key)
);
CREATE TABLE IF NOT EXISTS slots (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    key TEXT NOT NULL,
    practitioner TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    released_at TEXT,
    offered INTEGER NOT NULL,
    request TEXT,
    PRIMARY KEY (clinic, key)
);
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    folder TEXT NOT NULL,
    state TEXT NOT NULL,
    cpr TEXT NOT NULL,
    practitioner TEXT,
    body TEXT NOT NULL,
    result TEXT NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (clinic, id)
);
CREATE INDEX IF NOT EXISTS requests_by_folder ON requests (clinic, folder, state);
CREATE TABLE IF NOT EXISTS withdrawals (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    request TEXT NOT NULL,
    trigger TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (clinic, request)
);
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    webhook_id TEXT NOT NULL,
    request TEXT NOT NULL,
    what TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_webhook_id ON calls (clinic, webhook_id);
CREATE INDEX IF NOT EXISTS calls_by_request ON calls (clinic, request, what);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    request TEXT,
    cpr TEXT,
    text TEXT NOT NULL,
    watch_unread INTEGER NOT NULL,
    read_at TEXT,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    cpr TEXT,
    request TEXT,
    direction TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_by_request ON journal (clinic, request);
CREATE TABLE IF NOT EXISTS files (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    id TEXT NOT NULL,
    request TEXT NOT NULL,
    direction TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    content BLOB NOT NULL,
    at TEXT NOT NULL,
    sent_at TEXT,
    PRIMARY KEY (clinic, id)
);
CREATE INDEX IF NOT EXISTS files_by_request ON files (clinic, request);
CREATE TABLE IF NOT EXISTS decisions (
    clinic TEXT NOT NULL,
    request TEXT NOT NULL,
    medicine TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT,
    text TEXT,
    PRIMARY KEY (clinic, request, medicine)
);
CREATE TABLE IF NOT EXISTS form_answers (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    request TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    answers TEXT NOT NULL,
    result TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (clinic, webhook_id)
);
CREATE TABLE IF NOT EXISTS visit_forms (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (clinic, reason)
);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    id TEXT NOT NULL UNIQUE,
    request TEXT,
    trigger TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    last_note TEXT
);
CREATE INDEX IF NOT EXISTS events_by_clinic ON events (clinic, seq);
CREATE INDEX IF NOT EXISTS events_by_state ON events (state, seq);
CREATE TABLE IF NOT EXISTS phrases (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (clinic, key)
);
CREATE TABLE IF NOT EXISTS message_threads (
    clinic TEXT NOT NULL REFERENCES clinics (slug),
    number INTEGER NOT NULL,
    thread TEXT NOT NULL,
    PRIMARY KEY (clinic, number)
);
CREATE INDEX IF NOT EXISTS message_threads_by_thread ON message_threads (clinic, thread);
CREATE INDEX IF NOT EXISTS requests_by_thread ON requests (clinic, json_extract(body, '$.thread'));
CREATE INDEX IF NOT EXISTS messages_by_request ON messages (clinic, request);
