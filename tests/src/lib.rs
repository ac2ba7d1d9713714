//! Boots the real server, plays frames over TCP, both databases, fault stories, tidy test.
