//! Loan files and batches to validated inputs.
