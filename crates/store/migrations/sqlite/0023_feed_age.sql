-- A book of which some rows were refused states nearly all loans: the feed's age is its, though nothing leaves the book by it.
ALTER TABLE loan_books ADD COLUMN whole BIGINT NOT NULL DEFAULT 0;
UPDATE loan_books SET whole = complete;
-- An older program that is still folding would call no book whole: it commits no more.
UPDATE fold SET fence = fence + 1;
