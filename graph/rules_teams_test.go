package graph_test

import (
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

func TestATeamChangesItsOwnCIs(t *testing.T) {
	web := []op{put("server:web", "owner", "web"), put("server:db", "support_group", "data")}
	mine := []string{"web", "shop"}
	check(t, []rule{
		{name: "its own", given: web, teams: mine, do: []op{put("server:web", "os", "Alpine")}, want: "UPDATED"},
		{name: "what it repairs", given: web, teams: []string{"data"}, do: []op{put("server:db", "os", "Alpine")}, want: "UPDATED"},
		{name: "another team's", given: web, teams: mine, do: []op{put("server:db", "os", "Alpine")}, want: `PERMISSION_DENIED 0 ci: server:db is none of the CIs of "web", "shop"`},
		{name: "by its former name", given: append(web, graph.Rename{Node: at("server:db"), Name: "data"}), teams: mine, do: []op{put("server:db", "os", "Alpine")}, want: "PERMISSION_DENIED 0 ci: server:data is none"},
		{name: "nobody's", given: web, teams: mine, do: []op{graph.Retire{Node: at("database:orders")}}, want: "PERMISSION_DENIED 0 ci: database:orders is none"},
		{name: "of no team", given: web, teams: []string{}, do: []op{put("server:web", "os", "Alpine")}, want: "PERMISSION_DENIED 0 ci: no team"},
		{name: "a new one", teams: mine, do: []op{put("server:new", "owner", "web")}, want: "CREATED"},
		{name: "a new one that is another team's", teams: mine, do: []op{put("server:new", "owner", "data")}, want: "PERMISSION_DENIED 0 ci: server:new is none"},
		{name: "a new one that is nobody's", teams: mine, do: []op{put("server:new")}, want: "PERMISSION_DENIED 0 ci: server:new is none"},
		{name: "what it would give away", given: web, teams: mine, do: []op{put("server:web", "owner", "data")}, want: "PERMISSION_DENIED 0 ci: server:web is none"},
		{name: "what it would hand on within its teams", given: web, teams: mine, do: []op{put("server:web", "owner", "shop")}, want: "UPDATED"},
		{name: "what it would take", given: web, teams: mine, do: []op{put("server:db", "owner", "web")}, want: "PERMISSION_DENIED 0 ci: server:db is none"},
		{name: "a pin against its owner", given: web, teams: mine, do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Attribute: "owner", Value: graph.StringValue("data"), Author: "kim", Reason: "moved"}}}, want: "PERMISSION_DENIED 0 ci: server:web is none"},
		{name: "what it needs of another team", given: web, teams: mine, do: []op{relate("server:web DEPENDS_ON server:db")}, want: "CREATED"},
		{name: "what another team would need", given: web, teams: mine, do: []op{relate("server:db DEPENDS_ON server:web")}, want: "PERMISSION_DENIED 0 ci: server:db is none"},
		{name: "a group of its own", given: web, teams: mine, do: []op{graph.PutRequirement{Of: at("server:web"), Name: "power", Rule: graph.AtLeast, K: 1}}, want: "CREATED"},
		{name: "another team's group", given: web, teams: mine, do: []op{graph.PutRequirement{Of: at("server:db"), Name: "power", Rule: graph.AtLeast, K: 1}}, want: "PERMISSION_DENIED 0 ci: server:db is none"},
		{name: "what it makes and relates at once", teams: mine, do: []op{put("server:new", "owner", "web"), relate("server:new DEPENDS_ON server:web")}, want: "CREATED CREATED"},
		{name: "a class", teams: mine, do: []op{graph.DefineClass{Class: graph.Class{Name: "robot", Extends: "ci", Tier: "facility"}}}, want: "PERMISSION_DENIED 0 -: the catalogue is everybody's"},
		{name: "who speaks for all", given: web, do: []op{put("server:db", "os", "Alpine")}, want: "UPDATED"},
	})
}
