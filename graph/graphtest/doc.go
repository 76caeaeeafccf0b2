// Package graphtest is what the tests of the core, and of everything that must
// agree with it, are written with: graphs as a few lines of text ([Parse]), a slow
// and obvious oracle ([Model.Solve] and its neighbours), checkers for
// explanations ([CheckProof], [CheckSlack]), random small graphs ([Draw]) and
// one large seeded estate ([Estate]).
//
// Its one idea: the oracle is a second, independent reading of what impact
// means. It holds names in maps and evaluates every CI over and over until nothing
// changes. It shares no code with the engine, only the vocabulary of the
// package graph, and refuses to be fast.
package graphtest
