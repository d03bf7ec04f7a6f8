-- A file database: journals, write-ahead log, memory mapping, several connections' worth of files.
.bail on
.print --- journal
PRAGMA journal_mode = delete;
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL, score REAL, data BLOB);
BEGIN;
WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO t SELECT i, printf('name-%04d', i), i / 8.0, zeroblob(i % 50) FROM n;
SAVEPOINT s;
DELETE FROM t WHERE id % 2;
SELECT count(*) FROM t;
ROLLBACK TO s;
COMMIT;
SELECT count(*), sum(score), max(name), sum(length(data)) FROM t;
CREATE INDEX by_name ON t(name DESC);
BEGIN; UPDATE t SET name = upper(name); ROLLBACK;
SELECT name FROM t ORDER BY name LIMIT 2;
PRAGMA journal_mode = truncate;
UPDATE t SET score = -score WHERE id < 10;
PRAGMA journal_mode = persist;
UPDATE t SET score = -score WHERE id < 10;

.print --- write-ahead log
PRAGMA journal_mode = wal;
INSERT INTO t(name) VALUES('in the log');
PRAGMA wal_checkpoint(passive);
BEGIN; INSERT INTO t(name) VALUES('rolled back'); ROLLBACK;
INSERT INTO t(name) VALUES('later');
SELECT id, name FROM t WHERE id > 2000;
.connection 1
.open tour.db
SELECT count(*) FROM t;
.connection 0
PRAGMA wal_checkpoint(truncate);
PRAGMA mmap_size = 1048576;
SELECT count(*), min(id), max(id) FROM t;
.connection close 1
PRAGMA journal_mode = delete;

.print --- functions
SELECT json_extract('{"a":[1,2,{"b":"c"}]}', '$.a[2].b'), json_group_array(id) FROM t WHERE id < 5;
SELECT key, value FROM json_each('{"x":1,"y":[true,null]}');
SELECT sqrt(2), pi(), pow(2, 0.5), round(1e15 / 7, 3), 1e308 * 10, 0.1 + 0.2, typeof(1 / 2.0);
SELECT date('2024-02-29', '+1 year'), strftime('%s', '2000-01-01'), unixepoch('1970-01-02'), julianday('2000-01-01 12:00');
SELECT group_concat(name, '|') FROM (SELECT name FROM t WHERE name LIKE '%00_0' ORDER BY id LIMIT 3);
SELECT id, sum(score) OVER (ORDER BY id ROWS 1 PRECEDING), rank() OVER (ORDER BY id DESC) FROM t WHERE id < 4;
WITH RECURSIVE
  x(x) AS (VALUES(-2.0) UNION ALL SELECT x + 0.25 FROM x WHERE x < 0.75),
  y(y) AS (VALUES(-1.0) UNION ALL SELECT y + 0.25 FROM y WHERE y < 1.0),
  m(i, cx, cy, x, y) AS (SELECT 0, x, y, 0.0, 0.0 FROM x, y UNION ALL
    SELECT i + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m WHERE x * x + y * y < 4.0 AND i < 28),
  m2(i, cx, cy) AS (SELECT max(i), cx, cy FROM m GROUP BY cx, cy)
SELECT group_concat(substr(' .+*#', 1 + min(i / 7, 4), 1), '') FROM m2 GROUP BY cy ORDER BY cy;

.print --- search
CREATE VIRTUAL TABLE f USING fts5(title, body);
INSERT INTO f VALUES('one', 'the quick brown fox'), ('two', 'jumps over the lazy dog'), ('three', 'brown dogs jump');
SELECT title, highlight(f, 1, '[', ']') FROM f WHERE f MATCH 'brown OR jump*' ORDER BY rank, title;
CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1);
INSERT INTO r SELECT id, id, id + 1, -id, 1 - id FROM t WHERE id <= 500;
SELECT count(*) FROM r WHERE x1 > 100 AND x0 < 110 AND y1 > -105;

.print --- shell
CREATE TABLE small(a, b);
INSERT INTO small VALUES(1, 'one'), (2, NULL), (3.5, x'00ff'), ('quo''te', 'line' || char(10) || 'break');
.mode csv
.once small.csv
SELECT a, b FROM small WHERE a < 4;
.import small.csv copied
.mode quote
SELECT * FROM copied;
.mode list
.dump small
.output small.sql
.dump small
.output
DROP TABLE small;
.read small.sql
.mode box
SELECT a, typeof(a), hex(b) FROM small;
.mode list
.backup backup.db
.save saved.db
.open backup.db
SELECT count(*) FROM t;
VACUUM INTO 'vacuumed.db';
ATTACH 'vacuumed.db' AS v;
SELECT (SELECT count(*) FROM v.t) = (SELECT count(*) FROM main.t);
DETACH v;
DELETE FROM t WHERE id > 10;
VACUUM;
PRAGMA page_count;
PRAGMA integrity_check;
SELECT writefile('hello.txt', 'hello file'), readfile('hello.txt'), length(readfile('tour.sql')) IS NULL;
SELECT type, name FROM sqlite_schema ORDER BY name LIMIT 2;
.open :memory:
SELECT CAST('1e3' AS INTEGER), abs(-9223372036854775807), 9223372036854775807 + 1, 7 % -3, x'41' || 'b';
SELECT nosuch FROM t;
