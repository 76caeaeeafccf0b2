// Package arch keeps the picture of docs/architecture.md true: its test fails
// where a package imports another that the picture does not show.
//
// Its one idea: the picture is a table of allowed imports; what it does not
// allow is refused, so a new package must be placed before it can be used. It
// refuses to know anything else about the code.
package arch
