//! Derived rows in, rows out; SQLite and PostgreSQL, one SQL text.
