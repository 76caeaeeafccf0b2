// Package guard decides whether a GraphQL document is worth answering, before
// anything else looks at it. Its one idea: parsing, validating and pricing look at
// no clock, so what bounds them must be known beforehand; one pass over the
// document, each fragment once, with sums that saturate, bounds all that follows.
// It refuses to know what a field means: prices are given to it as a table.
package guard
