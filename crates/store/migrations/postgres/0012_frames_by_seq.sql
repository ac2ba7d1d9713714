-- Here a primary key of any type is the same: nothing to do.
SELECT 1;
