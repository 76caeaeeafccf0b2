//go:build race

package neo4jtest

import "strings"

// scheme makes an address one of bolt:// while the race detector watches. The
// driver (v5.28.4) has a race of its own in the router that neo4j:// goes through:
// where a call is cut off, Router.InvalidateServer removes the server from lists of
// the routing table that GetOrUpdateWriters has handed to others, who read them
// without the router's lock. bolt:// has no router; everything of ours is the same,
// and without the detector tests go through the router.
func scheme(address string) string { return strings.Replace(address, "neo4j", "bolt", 1) }
