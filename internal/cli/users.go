package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// user is a person or a program that a token lets in.
type user struct {
	Principal string     `json:"principal"`
	Service   bool       `json:"service"`
	Roles     []string   `json:"roles"`   // of any of its tokens
	Teams     []string   `json:"teams"`   // null: one of them is about all CIs
	Expires   *time.Time `json:"expires"` // of the last one; null: for good
	Tokens    int        `json:"tokens"`
}

// users is the noun of people and programs.
func (a *app) users() *cobra.Command {
	return noun("user", "People and programs that have a token", a.userList())
}

func (a *app) userList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "Who has a token that holds, and what they may do with it", Example: "  faultline user list\n  faultline user list -o csv", Args: takes(0, 0, ""),
		Long: `Lists people and programs with a token that holds: neither revoked nor expired. Those whom an
OpenID provider vouches for are kept there, and not listed.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data struct{ Tokens []apiToken }
				if _, err := c.ask(cmd.Context(), `query { tokens `+tokenFields+` }`, nil, &data); err != nil {
					return err
				}
				users := usersOf(data.Tokens, a.Clock())
				if a.flags.output == asJSON {
					return a.printJSON(rowsDocument[*user]{"users", users})
				}
				return a.userRows().print(a, users)
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) userRows() listing[*user] {
	says := func(u *user) []string {
		cis := "all"
		if u.Teams != nil {
			cis = "of " + teamWords(u.Teams)
		}
		return []string{u.Principal, map[bool]string{true: "program", false: "person"}[u.Service], strings.ToLower(strings.ReplaceAll(strings.Join(u.Roles, ", "), "_", "-")), cis, number(u.Tokens)}
	}
	return listing[*user]{
		columns: []column{{head: "USER", name: true}, {head: "KIND"}, {head: "ROLES"}, {head: "CIS"}, {head: "TOKENS", right: true}, {head: "HOLDS"}},
		heads:   []string{"principal", "kind", "roles", "cis", "tokens", "expires"},
		cells: func(u *user) []string {
			if u.Expires == nil {
				return append(says(u), "for good")
			}
			return append(says(u), "until "+a.clock(*u.Expires))
		},
		row: func(u *user) []string { return append(says(u), stamp(u.Expires)) },
	}
}

// usersOf are those whom tokens let in at a time, by name.
func usersOf(tokens []apiToken, now time.Time) []*user {
	out := []*user{}
	for _, t := range tokens {
		if t.RevokedAt != nil || t.Expires != nil && !now.Before(*t.Expires) {
			continue
		}
		k := slices.IndexFunc(out, func(u *user) bool { return u.Principal == t.Principal && u.Service == t.Service })
		if k < 0 {
			out = append(out, &user{Principal: t.Principal, Service: t.Service, Roles: t.Roles, Teams: t.Teams, Expires: t.Expires, Tokens: 1})
			continue
		}
		out[k].add(t)
	}
	slices.SortFunc(out, func(p, q *user) int {
		if p.Principal == q.Principal && p.Service != q.Service {
			return map[bool]int{true: 1, false: -1}[p.Service]
		}
		return strings.Compare(p.Principal, q.Principal)
	})
	return out
}

// add is another token of the same user: what one of them may, the user may.
func (u *user) add(t apiToken) {
	u.Tokens++
	u.Roles = union(u.Roles, t.Roles)
	if u.Teams != nil && t.Teams != nil {
		u.Teams = union(u.Teams, t.Teams)
	} else {
		u.Teams = nil
	}
	if u.Expires != nil && (t.Expires == nil || t.Expires.After(*u.Expires)) {
		u.Expires = t.Expires
	}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
