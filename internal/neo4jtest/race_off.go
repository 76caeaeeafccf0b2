//go:build !race

package neo4jtest

// scheme leaves an address as it is; see race_on.go.
func scheme(address string) string { return address }
