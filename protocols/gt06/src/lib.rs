//! GT06 / Concox wire format, both ways. Pure.
