//! Accept, deframe, decode, journal, acknowledge, command. Knows no protocol by name.
