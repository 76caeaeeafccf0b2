// Package change is the room of change enablement: what a request for change is, who
// may take it where, what it was seen to break, with what else it collides, and who
// decided. Its one idea: a decision is sealed to what was seen. It is pure: the graph,
// other changes and outages come in as plain facts, gathered by others.
package change
