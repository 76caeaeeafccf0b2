// Package cli is Faultline in a terminal. Its one idea: a command is a request to
// the API and a way of printing the answer, and the API is the same handler
// whether a server holds it or this process does (client, inprocess). So whatever
// a command can do, a script can do over HTTP.
//
// Data goes to stdout; progress, warnings and hints to stderr. Arguments,
// environment, clock and streams come in with Env, so a test is a terminal like
// any other. It refuses to know a rule: what it says about a graph, the API said.
package cli
