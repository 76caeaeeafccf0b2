package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

// apiToken is what is kept of a token.
type apiToken struct {
	ID        string     `json:"id"`
	Principal string     `json:"principal"`
	Roles     []string   `json:"roles"`
	Service   bool       `json:"service"`
	Source    *string    `json:"source"`
	Teams     []string   `json:"teams"`
	CreatedAt time.Time  `json:"createdAt"`
	Expires   *time.Time `json:"expires"`
	RevokedAt *time.Time `json:"revokedAt"`
}

const tokenFields = `{ id principal roles service source teams createdAt expires revokedAt }`

func roleWords() (out []string) {
	for _, r := range itsm.Roles {
		out = append(out, string(r))
	}
	return out
}

// tokens is the noun of API tokens.
func (a *app) tokens() *cobra.Command {
	return noun("token", "Tokens by which people and programs show who they are", a.tokenCreate(), a.tokenList(), a.tokenRevoke())
}

func (a *app) tokenCreate() *cobra.Command {
	var roles, teams []string
	var source, expires string
	service := false
	cmd := &cobra.Command{
		Use:   "create PRINCIPAL --role ROLE",
		Short: "Make a token; it is printed once",
		Long: `Makes a token and prints it, once. Whoever has it may do what its roles say: put it into
` + envToken + `, or send it as Authorization: Bearer TOKEN. Of the token only a digest is kept.

With --team it is about the CIs that this team owns or supports (their owner or support_group):
they alone can be changed with it, and of all others it is told how they are, never their names
or attributes. A risk or an impact is the same, whoever asks.`,
		Example: `  faultline token create ada --role change-requester
  faultline token create cleo --role cab-approver --expires 2027-01-01T00:00:00Z
  faultline token create discovery --role ci-writer --service --source discovery
  faultline token create mia --role viewer --team payments`,
		Args: takes(1, 1, "a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]any{"principal": args[0], "service": service}
			var words []string
			for _, r := range roles {
				if !slices.Contains(roleWords(), r) {
					return usagef("--role %q is none", r).hinted("%s", meant(nearest(r, roleWords(), 1), "one of "+either(roleWords())))
				}
				words = append(words, strings.ToUpper(strings.ReplaceAll(r, "-", "_")))
			}
			if len(words) == 0 {
				return usagef("--role is missing").hinted("one or more of %s", either(roleWords()))
			}
			in["roles"] = words
			if source != "" {
				in["source"] = source
			}
			if len(teams) > 0 {
				in["teams"] = teams
			}
			if expires != "" {
				t, err := instant("--expires", expires)
				if err != nil {
					return err
				}
				in["expires"] = t.Format(time.RFC3339)
			}
			return a.with(cmd.Context(), writing, func(c *client) error {
				var data struct {
					CreateToken struct {
						Revision string
						Secret   *string
						Token    *apiToken
						Errors   []refused
					}
				}
				if _, err := c.ask(cmd.Context(), `mutation($input: CreateTokenInput!) { createToken(input: $input) { revision secret token `+tokenFields+` errors { message code path } } }`, map[string]any{"input": in}, &data); err != nil {
					return err
				}
				p := data.CreateToken
				if len(p.Errors) > 0 {
					return p.Errors[0].failure()
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						head
						Secret string `json:"secret"`
						*apiToken
					}{head{schemaVersion, p.Revision}, *p.Secret, p.Token})
				}
				a.line("%s", *p.Secret)
				a.warn("this is shown once; revoke it with: %s", a.command("token", "revoke", p.Token.ID))
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&roles, "role", nil, "what its bearer may do: "+strings.Join(roleWords(), ","))
	f.StringArrayVar(&teams, "team", nil, "the only team whose CIs it is told of in full, and may change; may be repeated")
	f.StringVar(&source, "source", "", "the only source that it may speak for")
	f.StringVar(&expires, "expires", "", "until when it holds; for good, where it is not given")
	f.BoolVar(&service, "service", false, "it is a program's: it never decides")
	complete(cmd, "role", oneOf(roleWords()...))
	return prints(cmd, asTable, asJSON)
}

// grant is whose a token is, and what for.
func (t apiToken) grant() []string {
	cis := "all"
	if t.Teams != nil {
		cis = "of " + teamWords(t.Teams)
	}
	return []string{t.ID, t.Principal, strings.ToLower(strings.ReplaceAll(strings.Join(t.Roles, ", "), "_", "-")), cis}
}

func (a *app) tokenList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "The tokens, by id", Example: "  faultline token list", Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listing[apiToken]{
				columns: []column{{head: "ID"}, {head: "PRINCIPAL", name: true}, {head: "ROLES"}, {head: "CIS"}, {head: "HOLDS"}},
				heads:   []string{"id", "principal", "roles", "cis", "expires", "revoked"},
				cells: func(t apiToken) []string {
					holds := "for good"
					switch {
					case t.RevokedAt != nil:
						holds = "revoked " + a.clock(*t.RevokedAt)
					case t.Expires != nil:
						holds = "until " + a.clock(*t.Expires)
					}
					return append(t.grant(), holds)
				},
				row: func(t apiToken) []string { return append(t.grant(), stamp(t.Expires), stamp(t.RevokedAt)) },
			}.ask(cmd, a, `query { tokens `+tokenFields+` }`, "tokens")
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Revoke a token", Example: "  faultline token revoke m5ztk2lq", Args: takes(1, 1, "the id of a token"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), writing, func(c *client) error {
				var data struct {
					RevokeToken struct {
						Token  *apiToken
						Errors []refused
					}
				}
				if _, err := c.ask(cmd.Context(), `mutation($input: RevokeTokenInput!) { revokeToken(input: $input) { token `+tokenFields+` errors { message code path } } }`, map[string]any{"input": map[string]any{"id": args[0]}}, &data); err != nil {
					return err
				}
				if e := data.RevokeToken.Errors; len(e) > 0 {
					return e[0].failure()
				}
				a.line("the token %s of %s is revoked", args[0], a.look.clean(data.RevokeToken.Token.Principal))
				return nil
			})
		},
	}
}

func teamWords(teams []string) string {
	if len(teams) == 0 {
		return "no team"
	}
	return strings.Join(teams, ", ")
}

func (a *app) whoami() *cobra.Command {
	cmd := &cobra.Command{
		Use: "whoami", Short: "Who you are to the service, and what you may do", Example: "  faultline whoami", Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data struct {
					Viewer struct {
						Name           string   `json:"name"`
						Authentication string   `json:"authentication"`
						Roles          []string `json:"roles"`
						Service        bool     `json:"service"`
						Teams          []string `json:"teams"`
					}
				}
				if _, err := c.ask(cmd.Context(), `query { viewer { name authentication roles service teams } }`, nil, &data); err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						SchemaVersion int `json:"schemaVersion"`
						Viewer        any `json:"viewer"`
					}{schemaVersion, data.Viewer})
				}
				v := data.Viewer
				a.line("%s", a.look.paint(bold, a.look.clean(v.Name)))
				a.line("  %s", a.look.wrap(strings.ToLower(strings.ReplaceAll(strings.Join(v.Roles, ", "), "_", "-")), 2))
				if v.Teams != nil {
					a.line("  %s", a.look.wrap("about the CIs of "+teamWords(v.Teams), 2))
				}
				return nil
			})
		},
	}
	return prints(cmd, asTable, asJSON)
}
