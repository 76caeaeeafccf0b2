package sqlite

// statement is SQL text. Only the constants of this package are of the type, and
// a test refuses any conversion to it: nothing that a user typed is ever part of
// a statement.
type statement string

// applicationID marks a file as a Faultline store ("FLTN"), format is the newest
// layout that this binary knows.
const (
	applicationID = 0x464c544e
	format        = 2
)

const (
	getApplicationID statement = `PRAGMA application_id`
	setApplicationID statement = `PRAGMA application_id = 1179407438`
	getFormat        statement = `PRAGMA user_version`
	setFormat        statement = `PRAGMA user_version = 2`
	countTables      statement = `SELECT count(*) FROM sqlite_schema`

	setPageSize    statement = `PRAGMA page_size = 8192`
	setBusyTimeout statement = `PRAGMA busy_timeout = 200`
	setWAL         statement = `PRAGMA journal_mode = WAL`
	setFullSync    statement = `PRAGMA synchronous = FULL`
	setNoSync      statement = `PRAGMA synchronous = OFF`
	setCheckpoint  statement = `PRAGMA wal_autocheckpoint = 4000`
	setWriterCache statement = `PRAGMA cache_size = -262144`
	setReaderCache statement = `PRAGMA cache_size = -32768`
	setTempMemory  statement = `PRAGMA temp_store = MEMORY`
	setQueryOnly   statement = `PRAGMA query_only = ON`
	checkpoint     statement = `PRAGMA wal_checkpoint(TRUNCATE)`

	beginWrite statement = `BEGIN IMMEDIATE`
	beginRead  statement = `BEGIN`
	commit     statement = `COMMIT`
	rollback   statement = `ROLLBACK`
)

// The layout. Row ids are node ids, in order of arrival; relations are sorted by
// consumer; a ledger row is a whole commit. tomb is 0 for a living node and the
// node's id for a retired one, so that one unique index keeps the names of the
// living apart and still finds the dead. Words are the few strings that repeat
// in every row: classes, scopes, types, requirements, attributes, sources.
const createTables statement = `
CREATE TABLE head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL, at INTEGER NOT NULL, last_id INTEGER NOT NULL,
  hash BLOB NOT NULL, content BLOB NOT NULL, runs TEXT NOT NULL,
  defined INTEGER NOT NULL
);
CREATE TABLE ledger (revision INTEGER PRIMARY KEY, at INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE class (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE relation_type (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE node (
  id INTEGER PRIMARY KEY, class INTEGER NOT NULL, scope INTEGER NOT NULL, name TEXT NOT NULL,
  tomb INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX node_name ON node (name, class, scope, tomb);
CREATE INDEX node_class ON node (class) WHERE tomb = 0;
CREATE INDEX node_tomb ON node (tomb) WHERE tomb > 0;
CREATE TABLE alias (
  name TEXT NOT NULL, class INTEGER NOT NULL, scope INTEGER NOT NULL, node INTEGER NOT NULL,
  PRIMARY KEY (name, class, scope, node)
) WITHOUT ROWID;
CREATE TABLE node_key (
  source INTEGER NOT NULL, value TEXT NOT NULL, tomb INTEGER NOT NULL, node INTEGER NOT NULL,
  PRIMARY KEY (source, value, tomb)
) WITHOUT ROWID;
CREATE TABLE attribute (
  attribute INTEGER NOT NULL, kind INTEGER NOT NULL, value NOT NULL, node INTEGER NOT NULL,
  PRIMARY KEY (attribute, kind, value, node)
) WITHOUT ROWID;
CREATE TABLE requirement (
  consumer INTEGER NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (consumer, name)
) WITHOUT ROWID;
CREATE TABLE relation (
  consumer INTEGER NOT NULL, type INTEGER NOT NULL, provider INTEGER NOT NULL,
  requirement INTEGER NOT NULL, qualifier TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (consumer, type, provider, requirement, qualifier)
) WITHOUT ROWID;
INSERT INTO head VALUES (1, 0, 0, 0, zeroblob(32), zeroblob(32), '[]', 0);
`

// What format 2 added: answers by idempotency key. Times are microseconds.
const createAnswers statement = `
CREATE TABLE answer (
  principal TEXT NOT NULL, key TEXT NOT NULL, input BLOB NOT NULL,
  at INTEGER NOT NULL, until INTEGER NOT NULL, result BLOB NOT NULL,
  UNIQUE (principal, key)
);
CREATE INDEX answer_until ON answer (until);
`

const (
	getAnswer     statement = `SELECT input, at, until, result FROM answer WHERE principal = ? AND key = ?`
	putAnswer     statement = `INSERT OR REPLACE INTO answer (principal, key, input, at, until, result) VALUES (?, ?, ?, ?, ?, ?)`
	forgetAnswers statement = `DELETE FROM answer WHERE rowid IN (SELECT rowid FROM answer WHERE until <= ? ORDER BY until LIMIT ?)`
)

// The head, the ledger and the words.
const (
	getHead   statement = `SELECT revision, at, last_id, hash, content, runs, defined FROM head`
	putHead   statement = `UPDATE head SET revision = ?, at = ?, last_id = ?, hash = ?, content = ?, runs = ?, defined = ?`
	putEntry  statement = `INSERT INTO ledger (revision, at, hash, body) VALUES (?, ?, ?, ?)`
	getAfter  statement = `SELECT hash, body FROM ledger WHERE revision > ? ORDER BY revision LIMIT ?`
	getBefore statement = `SELECT hash, body FROM ledger WHERE revision < ? ORDER BY revision DESC LIMIT ?`
	getWord   statement = `SELECT id FROM word WHERE text = ?`
	addWord   statement = `INSERT INTO word (text) VALUES (?)`
	lastWord  statement = `SELECT max(id) FROM word`
)

// Records, written.
const (
	putClass       statement = `INSERT OR REPLACE INTO class (name, body) VALUES (?, ?)`
	dropClass      statement = `DELETE FROM class WHERE name = ?`
	putType        statement = `INSERT OR REPLACE INTO relation_type (name, body) VALUES (?, ?)`
	dropType       statement = `DELETE FROM relation_type WHERE name = ?`
	addNode        statement = `INSERT INTO node (id, class, scope, name, tomb, body) VALUES (?, ?, ?, ?, ?, ?)`
	setNode        statement = `UPDATE node SET body = ? WHERE id = ?`
	moveNode       statement = `UPDATE node SET class = ?, scope = ?, name = ?, tomb = ?, body = ? WHERE id = ?`
	parkNode       statement = `UPDATE node SET tomb = -id WHERE id = ?`
	dropNode       statement = `DELETE FROM node WHERE id = ?`
	addAlias       statement = `INSERT OR IGNORE INTO alias (name, class, scope, node) VALUES (?, ?, ?, ?)`
	dropAlias      statement = `DELETE FROM alias WHERE name = ? AND class = ? AND scope = ? AND node = ?`
	addKey         statement = `INSERT INTO node_key (source, value, tomb, node) VALUES (?, ?, ?, ?)`
	dropKey        statement = `DELETE FROM node_key WHERE source = ? AND value = ? AND tomb = ?`
	addAttribute   statement = `INSERT OR IGNORE INTO attribute (attribute, kind, value, node) VALUES (?, ?, ?, ?)`
	dropAttribute  statement = `DELETE FROM attribute WHERE attribute = ? AND kind = ? AND value = ? AND node = ?`
	putRequirement statement = `INSERT OR REPLACE INTO requirement (consumer, name, body) VALUES (?, ?, ?)`
	dropRequired   statement = `DELETE FROM requirement WHERE consumer = ? AND name = ?`
	addRelation    statement = `INSERT INTO relation (consumer, type, provider, requirement, qualifier, body) VALUES (?, ?, ?, ?, ?, ?)`
	setRelation    statement = `UPDATE relation SET body = ? WHERE consumer = ? AND type = ? AND provider = ? AND requirement = ? AND qualifier = ?`
	dropRelation   statement = `DELETE FROM relation WHERE consumer = ? AND type = ? AND provider = ? AND requirement = ? AND qualifier = ?`
)

// Records, read.
const (
	getNode        statement = `SELECT body FROM node WHERE id = ?`
	getRelation    statement = `SELECT body FROM relation WHERE consumer = ? AND type = ? AND provider = ? AND requirement = ? AND qualifier = ?`
	getRequirement statement = `SELECT body FROM requirement WHERE consumer = ? AND name = ?`
	findNamed      statement = `SELECT id, tomb FROM node WHERE name = ? AND class = ? AND scope = ? ORDER BY tomb`
	findAlias      statement = `SELECT max(a.node) FROM alias a JOIN node n ON n.id = a.node WHERE a.name = ? AND a.class = ? AND a.scope = ? AND n.tomb = 0`
	findKey        statement = `SELECT node, tomb FROM node_key WHERE source = ? AND value = ? ORDER BY tomb`
	anyAlias       statement = `SELECT EXISTS (SELECT 1 FROM alias)`
	anyKey         statement = `SELECT EXISTS (SELECT 1 FROM node_key)`

	allClasses      statement = `SELECT body FROM class ORDER BY name`
	allTypes        statement = `SELECT body FROM relation_type ORDER BY name`
	allNodes        statement = `SELECT body FROM node ORDER BY id`
	allRequirements statement = `SELECT body FROM requirement ORDER BY consumer, name`
	allRelations    statement = `SELECT body FROM relation ORDER BY consumer`
)

// Ways to the candidates of a query. Each gives bodies; those that follow an
// order of the port's say so by their name.
const (
	livingByID       statement = `SELECT body FROM node WHERE id > ? AND tomb = 0 ORDER BY id`
	retiredByID      statement = `SELECT n.body FROM node n WHERE n.tomb > ? ORDER BY n.tomb`
	livingOfClass    statement = `SELECT body FROM node WHERE class = ? AND tomb = 0 AND id > ? ORDER BY id`
	livingNamed      statement = `SELECT body FROM node WHERE name = ? AND tomb = 0 ORDER BY id`
	livingByName     statement = `SELECT body FROM node WHERE name >= ? AND tomb = 0 ORDER BY name`
	livingByNameDown statement = `SELECT body FROM node WHERE name <= ? AND tomb = 0 ORDER BY name DESC`
	livingFromEnd    statement = `SELECT body FROM node WHERE tomb = 0 ORDER BY name DESC`
	attributeIs      statement = `SELECT n.body FROM attribute a JOIN node n ON n.id = a.node WHERE a.attribute = ? AND a.kind = ? AND a.value = ? AND a.node > ? ORDER BY a.node`
	attributeUp      statement = `SELECT n.body FROM attribute a JOIN node n ON n.id = a.node WHERE a.attribute = ? AND a.kind = ? AND a.value >= ? ORDER BY a.value`
	attributeDown    statement = `SELECT n.body FROM attribute a JOIN node n ON n.id = a.node WHERE a.attribute = ? AND a.kind = ? AND a.value <= ? ORDER BY a.value DESC`
	countLiving      statement = `SELECT count(*) FROM node WHERE tomb = 0`
	countRetired     statement = `SELECT count(*) FROM node WHERE tomb > 0`
	countOfClass     statement = `SELECT count(*) FROM node WHERE class = ? AND tomb = 0`
	countOfClassUpTo statement = `SELECT count(*) FROM (SELECT 1 FROM node WHERE class = ? AND tomb = 0 LIMIT ?)`
)
