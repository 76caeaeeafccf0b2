// Package itsm is the kernel of record keeping: numbers, lifecycles, links to CIs and
// to other records, required fields, clocks. Its one idea: a discipline (change,
// incident, problem, ...) is a value given to one engine, not code of its own; what the
// engine decides is operations on nodes and relations, so that no store knows of
// disciplines. It is pure: time, the actor and the record come in, operations or a
// refusal come out. It refuses to know any discipline by name.
package itsm
