-- Who sees what: beside lenders, where vehicles are registered, as their plates say it. A list in JSON of what plates begin with; NULL = all.
ALTER TABLE users ADD COLUMN regions TEXT;

-- What a token sees: a list of {lenders, regions} in JSON. NULL: it was made before there were regions, and lenders says it.
ALTER TABLE api_tokens ADD COLUMN scope TEXT;
