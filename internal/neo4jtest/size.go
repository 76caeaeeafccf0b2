package neo4jtest

// Size is what a server is given of the machine. Neo4j guesses it from the whole
// machine otherwise, as if it were alone there.
type Size struct {
	heapFirst, heap, pageCache string
	java                       []string // how the JVM works; of an assembled server
}

// ForTests starts soon and stays small: several servers run beside the tests.
func ForTests() Size {
	return Size{"256m", "512m", "64m", []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}}
}

// ForMeasuring is what an operator gives a server of a hundred thousand CIs, and a
// JVM that compiles as well as it can.
func ForMeasuring() Size {
	return Size{"2g", "2g", "1g", []string{"-XX:+UseParallelGC"}}
}
