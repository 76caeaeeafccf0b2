package neo4j

// statement is Cypher text. Only the constants of this package are of the type,
// and a test refuses any conversion to it: nothing that a user typed is ever part
// of a statement. Labels, types and property names that come from data are
// parameters.
//
// Where a statement finds nodes by an index it says so (USING INDEX): Neo4j
// plans by what the database held when it first saw the text, and would scan
// everything for ever if that was next to nothing.
type statement string

// Who the server is, and whose graph it holds.
const (
	getVersion statement = `CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]`
	countAll   statement = `MATCH (n) RETURN count(n)`
	countLocks statement = `MATCH (k:LedgerLock) RETURN count(k)`
	getFormat  statement = `MATCH (l:Ledger) RETURN l.format`
	layLedger  statement = `MERGE (l:Ledger {one: 1}) ON CREATE SET l.format = 2, l.revision = 0, l._head = $head`
	layLocks   statement = `UNWIND ['write', 'publish'] AS name MERGE (k:LedgerLock {name: name}) ON CREATE SET k.turn = 0`
	setFormat  statement = `MATCH (l:Ledger) SET l.format = 2`
	awaitIndex statement = `CALL db.awaitIndexes(60)`
)

// The layout. Labels Node, CI, Record, RetiredCI, RetiredRecord, Key, RetiredKey,
// FormerRef, Requirement, Class, RelationType, Revision, Ledger, LedgerLock
// and LedgerAnswer are the store's; a class has the label that labelOf makes of its name.
const (
	uniqueID          statement = `CREATE CONSTRAINT faultline_node_id IF NOT EXISTS FOR (n:Node) REQUIRE n.id IS UNIQUE`
	uniqueCI          statement = `CREATE CONSTRAINT faultline_ci_ref IF NOT EXISTS FOR (n:CI) REQUIRE n.ref IS UNIQUE`
	uniqueRecord      statement = `CREATE CONSTRAINT faultline_record_ref IF NOT EXISTS FOR (n:Record) REQUIRE n.ref IS UNIQUE`
	uniqueKey         statement = `CREATE CONSTRAINT faultline_key IF NOT EXISTS FOR (k:Key) REQUIRE (k.source, k.value) IS UNIQUE`
	uniqueRequirement statement = `CREATE CONSTRAINT faultline_requirement IF NOT EXISTS FOR (q:Requirement) REQUIRE (q.consumer, q.name) IS UNIQUE`
	uniqueRevision    statement = `CREATE CONSTRAINT faultline_revision IF NOT EXISTS FOR (r:Revision) REQUIRE r.number IS UNIQUE`
	uniqueClass       statement = `CREATE CONSTRAINT faultline_class IF NOT EXISTS FOR (c:Class) REQUIRE c.name IS UNIQUE`
	uniqueType        statement = `CREATE CONSTRAINT faultline_relation_type IF NOT EXISTS FOR (t:RelationType) REQUIRE t.name IS UNIQUE`
	uniqueLedger      statement = `CREATE CONSTRAINT faultline_ledger IF NOT EXISTS FOR (l:Ledger) REQUIRE l.one IS UNIQUE`
	uniqueLock        statement = `CREATE CONSTRAINT faultline_lock IF NOT EXISTS FOR (k:LedgerLock) REQUIRE k.name IS UNIQUE`
	indexName         statement = `CREATE INDEX faultline_ci_name IF NOT EXISTS FOR (n:CI) ON (n.name)`
	indexRecordName   statement = `CREATE INDEX faultline_record_name IF NOT EXISTS FOR (n:Record) ON (n.name)`
	indexRetiredRef   statement = `CREATE INDEX faultline_retired_ref IF NOT EXISTS FOR (n:Node) ON (n.retiredRef)`
	indexRetiredKey   statement = `CREATE INDEX faultline_retired_key IF NOT EXISTS FOR (k:RetiredKey) ON (k.source, k.value)`
	indexFormerRef    statement = `CREATE INDEX faultline_former_ref IF NOT EXISTS FOR (f:FormerRef) ON (f.ref)`
	uniqueAnswer      statement = `CREATE CONSTRAINT faultline_answer IF NOT EXISTS FOR (a:LedgerAnswer) REQUIRE (a.principal, a.key) IS UNIQUE`
	indexUntil        statement = `CREATE INDEX faultline_answer_until IF NOT EXISTS FOR (a:LedgerAnswer) ON (a.until)`
)

// The head. Writers hold the lock "write" from their first statement to the end
// of their commit, and the lock "publish" only while they commit; readers look
// at the head under "publish", so that they never meet a half-published commit
// and never wait for one that is still being decided.
const (
	getHead     statement = `MATCH (l:Ledger) RETURN l._head`
	lockToWrite statement = `MATCH (k:LedgerLock {name: 'write'}) USING INDEX k:LedgerLock(name) SET k.turn = k.turn + 1 WITH k MATCH (l:Ledger) RETURN l._head`
	lockToRead  statement = `MATCH (k:LedgerLock {name: 'publish'}) USING INDEX k:LedgerLock(name) SET k.turn = k.turn + 1 WITH k MATCH (l:Ledger) RETURN l._head`
	addEntries  statement = `UNWIND $rows AS r CREATE (n:Revision) SET n = r RETURN count(n)`
	putHead     statement = `UNWIND $rows AS r CREATE (n:Revision) SET n = r WITH count(n) AS written MATCH (l:Ledger) SET l.revision = $revision, l.at = $at, l._head = $head WITH l, written MATCH (k:LedgerLock {name: 'publish'}) USING INDEX k:LedgerLock(name) SET k.turn = k.turn + 1 RETURN written`
	getEntries  statement = `MATCH (r:Revision) USING INDEX r:Revision(number) WHERE r.number > $after AND r.number <= $last WITH r ORDER BY r.number RETURN collect(r._hash), collect(r._entry)`
)

// Answers by idempotency key: not of the ledger, but of its transactions.
const (
	getAnswer     statement = `MATCH (a:LedgerAnswer {principal: $principal, key: $key}) USING INDEX a:LedgerAnswer(principal, key) RETURN a._input, a.at, a.until, a._result`
	putAnswers    statement = `UNWIND $rows AS r MERGE (a:LedgerAnswer {principal: r[0], key: r[1]}) SET a._input = r[2], a.at = r[3], a.until = r[4], a._result = r[5] RETURN count(a)`
	forgetAnswers statement = `MATCH (a:LedgerAnswer) USING INDEX a:LedgerAnswer(until) WHERE a.until <= $at WITH a ORDER BY a.until LIMIT $most DELETE a`
)

// Records, written. Each returns how many rows it found.
const (
	parkNames      statement = `UNWIND $rows AS r MATCH (n:Node {id: r[0]}) USING INDEX n:Node(id) REMOVE n.ref RETURN count(n)`
	addNodes       statement = `UNWIND $rows AS r CREATE (n:Node:$(r[0]) {id: r[1], ref: r[2], class: r[3], scope: r[4], name: r[5], _changed: r[6], _record: r[7], lifecycle: r[8], _sources: r[9]}) RETURN count(n)`
	addNodesWith   statement = `UNWIND $rows AS r CREATE (n:Node:$(r[0]) {id: r[1], ref: r[2], class: r[3], scope: r[4], name: r[5], _changed: r[6], _record: r[7], lifecycle: r[8], _sources: r[9]}) SET n += r[10] RETURN count(n)`
	setNodes       statement = `UNWIND $rows AS r MATCH (n:Node {id: r[0]}) USING INDEX n:Node(id) SET n = r[1] RETURN count(n)`
	moveNodes      statement = `UNWIND $rows AS r MATCH (n:Node {id: r[0]}) USING INDEX n:Node(id) REMOVE n:$(r[2]) SET n:$(r[3]) SET n = r[1] RETURN count(n)`
	dropNodes      statement = `UNWIND $rows AS r MATCH (n:Node {id: r[0]}) USING INDEX n:Node(id) DELETE n RETURN count(*)`
	addKeys        statement = `UNWIND $rows AS r CREATE (k:Key {source: r[0], value: r[1], node: r[2]}) RETURN count(k)`
	dropKeys       statement = `UNWIND $rows AS r MATCH (k:Key {source: r[0], value: r[1]}) USING INDEX k:Key(source, value) WHERE k.node = r[2] DELETE k RETURN count(*)`
	addRetiredKeys statement = `UNWIND $rows AS r CREATE (k:RetiredKey {source: r[0], value: r[1], node: r[2]}) RETURN count(k)`
	dropRetired    statement = `UNWIND $rows AS r MATCH (k:RetiredKey {source: r[0], value: r[1]}) USING INDEX k:RetiredKey(source, value) WHERE k.node = r[2] DELETE k RETURN count(*)`
	addFormer      statement = `UNWIND $rows AS r CREATE (f:FormerRef {ref: r[0], node: r[1]}) RETURN count(f)`
	dropFormer     statement = `UNWIND $rows AS r MATCH (f:FormerRef {ref: r[0]}) USING INDEX f:FormerRef(ref) WHERE f.node = r[1] DELETE f RETURN count(*)`

	addRequirements  statement = `UNWIND $rows AS r MATCH (c:Node {id: r[0]}) USING INDEX c:Node(id) CREATE (c)-[:HAS_REQUIREMENT]->(q:Requirement) SET q = r[1] RETURN count(q)`
	setRequirements  statement = `UNWIND $rows AS r MATCH (q:Requirement {consumer: r[0], name: r[2]}) USING INDEX q:Requirement(consumer, name) SET q = r[1] RETURN count(q)`
	dropRequirements statement = `UNWIND $rows AS r MATCH (q:Requirement {consumer: r[0], name: r[1]}) USING INDEX q:Requirement(consumer, name) DETACH DELETE q RETURN count(*)`

	findEnds         statement = `UNWIND $ids AS i MATCH (n:Node {id: i}) USING INDEX n:Node(id) RETURN collect(i), collect(id(n))`
	addRelations     statement = `UNWIND $rows AS r MATCH (a) WHERE id(a) = r[0] MATCH (b) WHERE id(b) = r[1] CREATE (a)-[x:$(r[2]) {_record: r[3], transfer: r[4], requirement: r[5]}]->(b) RETURN count(x)`
	addRelationsWith statement = `UNWIND $rows AS r MATCH (a) WHERE id(a) = r[0] MATCH (b) WHERE id(b) = r[1] CREATE (a)-[x:$(r[2]) {_record: r[3], transfer: r[4], requirement: r[5], qualifier: r[6], grace: r[7], phase: r[8], capacity: r[9], weight: r[10], validFrom: r[11], validTo: r[12]}]->(b) RETURN count(x)`
	setRelations     statement = `UNWIND $rows AS r MATCH (a:Node {id: r[0]})-[x]->(b:Node {id: r[2]}) USING INDEX a:Node(id) USING INDEX b:Node(id) WHERE type(x) = r[1] AND coalesce(x.requirement, '') = r[3] AND coalesce(x.qualifier, '') = r[4] AND x._record IS NOT NULL SET x = r[5] RETURN count(x)`
	dropRelations    statement = `UNWIND $rows AS r MATCH (a:Node {id: r[0]})-[x]->(b:Node {id: r[2]}) USING INDEX a:Node(id) USING INDEX b:Node(id) WHERE type(x) = r[1] AND coalesce(x.requirement, '') = r[3] AND coalesce(x.qualifier, '') = r[4] AND x._record IS NOT NULL DELETE x RETURN count(*)`

	putClasses statement = `UNWIND $rows AS r MERGE (c:Class {name: r[0]}) SET c = r[1] RETURN count(c)`
	putTypes   statement = `UNWIND $rows AS r MERGE (t:RelationType {name: r[0]}) SET t = r[1] RETURN count(t)`
	ofTypes    statement = `MATCH (a:Node)-[x]->() WHERE x._record IS NOT NULL AND type(x) IN $types RETURN x._record`
)

// Records, read.
const (
	getNodes        statement = `UNWIND $ids AS i MATCH (n:Node {id: i}) USING INDEX n:Node(id) RETURN collect(n._record)`
	getRelations    statement = `UNWIND $rows AS r MATCH (a:Node {id: r[0]})-[x]->(b:Node {id: r[2]}) USING INDEX a:Node(id) USING INDEX b:Node(id) WHERE type(x) = r[1] AND coalesce(x.requirement, '') = r[3] AND coalesce(x.qualifier, '') = r[4] RETURN collect(x._record)`
	getRequirements statement = `UNWIND $rows AS r MATCH (q:Requirement {consumer: r[0], name: r[1]}) USING INDEX q:Requirement(consumer, name) RETURN collect(q._record)`
	findRefs        statement = `UNWIND $refs AS x
OPTIONAL MATCH (c:CI {ref: x}) USING INDEX c:CI(ref)
OPTIONAL MATCH (r:Record {ref: x}) USING INDEX r:Record(ref)
CALL (x) { OPTIONAL MATCH (f:FormerRef {ref: x}) USING INDEX f:FormerRef(ref) OPTIONAL MATCH (n:Node {id: f.node}) USING INDEX n:Node(id) WHERE n.ref IS NOT NULL RETURN max(n.id) AS former }
CALL (x) { OPTIONAL MATCH (n:Node {retiredRef: x}) USING INDEX n:Node(retiredRef) RETURN max(n.id) AS retired }
RETURN collect([x, coalesce(c.id, r.id, former, retired)])`
	findKeys statement = `UNWIND $keys AS x
OPTIONAL MATCH (k:Key {source: x[0], value: x[1]}) USING INDEX k:Key(source, value)
CALL (x) { OPTIONAL MATCH (k:RetiredKey {source: x[0], value: x[1]}) USING INDEX k:RetiredKey(source, value) RETURN max(k.node) AS retired }
RETURN collect([x[0], x[1], coalesce(k.node, retired)])`

	countNodes        statement = `MATCH (n:Node) RETURN count(n)`
	countRelations    statement = `MATCH ()-[x]->() RETURN count(x)`
	countRequirements statement = `MATCH (q:Requirement) RETURN count(q)`

	allClasses     statement = `MATCH (c:Class) RETURN collect(c._record)`
	allTypes       statement = `MATCH (t:RelationType) RETURN collect(t._record)`
	nodesIn        statement = `MATCH (n:Node) USING INDEX n:Node(id) WHERE n.id >= $from AND n.id < $to RETURN collect(n._record)`
	requirementsIn statement = `MATCH (q:Requirement) USING INDEX q:Requirement(consumer, name) WHERE q.consumer >= $from AND q.consumer < $to AND q.name IS NOT NULL RETURN collect(q._record)`
	relationsIn    statement = `MATCH (a:Node)-[x]->() USING INDEX a:Node(id) WHERE a.id >= $from AND a.id < $to AND x._record IS NOT NULL RETURN collect(x._record)`
)

// Ways to the candidates of a query; each gives the next ones in its order.
const (
	livingByID  statement = `MATCH (n:Node) USING INDEX n:Node(id) WHERE n.id > $id AND n.ref IS NOT NULL AND ($classes IS NULL OR n.class IN $classes) AND ($attribute IS NULL OR n[$attribute] IN $values) WITH n ORDER BY n.id LIMIT $some RETURN collect(n._record)`
	retiredByID statement = `MATCH (n:Node) USING INDEX n:Node(id) WHERE n.id > $id AND n.retiredRef IS NOT NULL AND ($classes IS NULL OR n.class IN $classes) WITH n ORDER BY n.id LIMIT $some RETURN collect(n._record)`

	cisNamed          statement = `UNWIND $names AS x MATCH (n:CI {name: x}) USING INDEX n:CI(name) RETURN collect(n._record)`
	recordsNamed      statement = `UNWIND $names AS x MATCH (n:Record {name: x}) USING INDEX n:Record(name) RETURN collect(n._record)`
	cisOf             statement = `UNWIND $prefixes AS x MATCH (n:CI) USING INDEX n:CI(ref) WHERE n.ref STARTS WITH x AND ($attribute IS NULL OR n[$attribute] IN $values) RETURN collect(n._record)`
	recordsOf         statement = `UNWIND $prefixes AS x MATCH (n:Record) USING INDEX n:Record(ref) WHERE n.ref STARTS WITH x AND ($attribute IS NULL OR n[$attribute] IN $values) RETURN collect(n._record)`
	cisByName         statement = `MATCH (n:CI) USING INDEX n:CI(name) WHERE n.name >= $name AND (n.name > $name OR n.id > $id) AND ($classes IS NULL OR n.class IN $classes) WITH n ORDER BY n.name, n.id LIMIT $some RETURN collect(n._record)`
	recordsByName     statement = `MATCH (n:Record) USING INDEX n:Record(name) WHERE n.name >= $name AND (n.name > $name OR n.id > $id) AND ($classes IS NULL OR n.class IN $classes) WITH n ORDER BY n.name, n.id LIMIT $some RETURN collect(n._record)`
	cisByNameDown     statement = `MATCH (n:CI) USING INDEX n:CI(name) WHERE n.name <= $name AND (n.name < $name OR n.id > $id) AND ($classes IS NULL OR n.class IN $classes) WITH n ORDER BY n.name DESC, n.id LIMIT $some RETURN collect(n._record)`
	recordsByNameDown statement = `MATCH (n:Record) USING INDEX n:Record(name) WHERE n.name <= $name AND (n.name < $name OR n.id > $id) AND ($classes IS NULL OR n.class IN $classes) WITH n ORDER BY n.name DESC, n.id LIMIT $some RETURN collect(n._record)`

	countCIs       statement = `MATCH (n:CI) RETURN count(n)`
	countRecords   statement = `MATCH (n:Record) RETURN count(n)`
	countCIsOf     statement = `UNWIND $prefixes AS x MATCH (n:CI) USING INDEX n:CI(ref) WHERE n.ref STARTS WITH x WITH n LIMIT $most RETURN count(n)`
	countRecordsOf statement = `UNWIND $prefixes AS x MATCH (n:Record) USING INDEX n:Record(ref) WHERE n.ref STARTS WITH x WITH n LIMIT $most RETURN count(n)`
	countRetired   statement = `MATCH (n:RetiredCI) RETURN count(n)`

	cisWith     statement = `UNWIND $prefixes AS x MATCH (n:CI) USING INDEX n:CI(ref) WHERE n.ref STARTS WITH x RETURN collect(n.id)`
	recordsWith statement = `UNWIND $prefixes AS x MATCH (n:Record) USING INDEX n:Record(ref) WHERE n.ref STARTS WITH x RETURN collect(n.id)`
	retiredWith statement = `UNWIND $prefixes AS x MATCH (n:Node) USING INDEX n:Node(retiredRef) WHERE n.retiredRef STARTS WITH x RETURN collect(n.id)`
)

// What Audit looks at.
const (
	auditNodes        statement = `MATCH (n:Node) USING INDEX n:Node(id) WHERE n.id >= $from AND n.id < $to RETURN collect([n.id, labels(n), properties(n)])`
	auditRequirements statement = `MATCH (q:Requirement) USING INDEX q:Requirement(consumer, name) WHERE q.consumer >= $from AND q.consumer < $to AND q.name IS NOT NULL RETURN collect(properties(q))`
	auditRelations    statement = `MATCH (a:Node)-[x]->(b) USING INDEX a:Node(id) WHERE a.id >= $from AND a.id < $to AND NOT b:Requirement RETURN collect([a.id, type(x), b.id, properties(x)])`
	auditDefinitions  statement = `MATCH (d:Class|RelationType) RETURN collect([labels(d), properties(d)])`
	auditEntries      statement = `MATCH (r:Revision) USING INDEX r:Revision(number) WHERE r.number > $after AND r.number <= $last RETURN collect(properties(r))`
	foundKeys         statement = `UNWIND $rows AS r MATCH (k:Key {source: r[0], value: r[1]}) USING INDEX k:Key(source, value) WHERE k.node = r[2] RETURN count(k)`
	foundFormer       statement = `UNWIND $rows AS r MATCH (f:FormerRef {ref: r[0]}) USING INDEX f:FormerRef(ref) WHERE f.node = r[1] RETURN count(f)`
	strangers         statement = `MATCH (n:Node|CI|Record|RetiredCI|RetiredRecord) WHERE NOT n:Node OR NOT coalesce(n.id >= 0 AND n.id <= $last, false) RETURN labels(n), toString(coalesce(n.ref, n.retiredRef, n.name, elementId(n))) LIMIT $most`
	nowhere           statement = `MATCH (a)-[x]->(b:Node) WHERE NOT a:Node RETURN type(x), coalesce(b.ref, b.retiredRef) LIMIT $most`
)
