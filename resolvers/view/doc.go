// Package view is what the GraphQL API shows: the domain's values in the form
// that a client reads. Its one idea: a view is filled from a snapshot and from
// records that were fetched for its whole page, so reading a field never waits.
// It refuses to fetch anything itself and to know the generated code.
package view
