// Package graph is the pure core of Faultline: what a configuration item
// (CI), a relation, a requirement and an impact are.
//
// Its one idea: an immutable [Snapshot] of the topology, a change as a value
// ([Batch]), questions as functions ([Assess], [Reach], [CutSets]) and rules as
// functions ([Check]). Nothing here waits, reads a clock, draws a random number
// or knows of a store; it imports the standard library only.
//
// The package refuses to hold attribute bags of the whole estate in memory (they
// stay in the store), to guess (what it does not know it lists as a blind spot
// or an assumption), and to answer partially in silence.
package graph
