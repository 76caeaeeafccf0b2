// Package resolvers answers GraphQL requests. Its one idea: a request reads one
// snapshot, and what the snapshot does not hold is fetched for a whole page at
// once, by looking ahead at what was selected; so the number of store calls does
// not depend on the number of rows. It refuses to hold rules: it turns inputs
// into batches and questions, and answers into views.
package resolvers
