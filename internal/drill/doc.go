// Package drill breaks what the service stands on and counts what is lost: it cuts,
// delays and swallows the bytes between the service and a real Neo4j at each phase
// of the protocol, and kills both in the middle of imports. Its one idea: promises
// are counted from outside, by what clients were told. It refuses to be anything
// but tests, and to break through switches in the code that it drills.
package drill
