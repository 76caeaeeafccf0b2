package graph

// The built-in relation types. Each is stored once, from the consumer to the
// provider; DEPENDS_ON is allowed between any two CIs, the others say which
// classes fit.

// spareOnly is the transfer of what is only missed when something else fails, too:
// a backup, a replica, a management plane, a vendor's support.
const spareOnly = Transfer(AtRisk) << 6

func cross(consumers, providers []string) (pairs []ClassPair) {
	for _, c := range consumers {
		for _, p := range providers {
			pairs = append(pairs, ClassPair{c, p})
		}
	}
	return pairs
}

func words(s ...string) []string { return s }

// Groups of classes that relation types are declared between.
var (
	anything  = words("ci")
	services  = words("business_service", "service_offering", "application_service", "technical_service", "application", "component", "endpoint")
	stores    = words("database", "queue", "cache", "bucket")
	platforms = words("cluster", "namespace", "container", "pod")
	hosts     = words("server", "virtual_machine", "cluster", "namespace", "container", "pod", "network_device", "storage_array")
	physical  = words("hardware", "rack", "room", "power_feed")
	people    = words("team", "person", "vendor")
)

func joinedWords(lists ...[]string) (out []string) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func builtinTypes() []RelationType {
	running := joinedWords(services, stores, platforms, words("server", "virtual_machine", "network_device", "interface", "volume", "dns_zone", "software_package"))
	useable := joinedWords(services, stores, words("image", "repository", "software_package", "licence", "certificate", "volume", "dns_zone", "subnet", "storage_array", "cluster", "namespace"))
	wired := words("hardware", "virtual_machine", "interface", "circuit", "cluster", "subnet")
	t := func(name, reverse, plane string, transfer Transfer, between []ClassPair, description string) RelationType {
		return RelationType{Name: name, Reverse: reverse, Plane: plane, Transfer: transfer, Between: between, Description: description}
	}
	informs := func(name, reverse, plane string, between []ClassPair, description string) RelationType {
		r := t(name, reverse, plane, None, between, description)
		r.Impact = NoImpact
		return r
	}
	record, ci := words(recordClass), words(rootClass)
	return []RelationType{
		t("DEPENDS_ON", "REQUIRED_BY", "service", Hard, nil, "It cannot do without the other, for whatever reason."),
		t("RUNS_ON", "HOSTS", "hosting", Hard, cross(running, hosts), "It is executed by the other, or is a part of it."),
		t("HAS_MEMBER", "MEMBER_OF", "hosting", Hard, cross(words("cluster", "load_balancer", "network_device", "namespace"),
			joinedWords(services, stores, hosts, words("interface", "volume"))), "It is made of the others; as a rule one of them suffices."),
		t("USES", "USED_BY", "service", Hard, cross(joinedWords(services, platforms, stores), useable), "It needs what the other provides."),
		t("CALLS", "CALLED_BY", "service", Hard, cross(joinedWords(services, platforms), joinedWords(services, stores)), "It sends requests to the other and waits for the answers."),
		t("CONNECTED_TO", "CONNECTS", "network", Hard, cross(wired, wired), "It reaches the rest of the network through the other, which is nearer to the core."),
		t("RESOLVES_WITH", "RESOLVES_FOR", "network", Hard, cross(anything, joinedWords(services, words("dns_zone", "server", "virtual_machine", "network_device"))), "It finds names through the other."),
		t("AUTHENTICATES_WITH", "AUTHENTICATES", "security", Hard, cross(anything, joinedWords(services, stores, words("server", "virtual_machine"))), "The other decides who may come in."),
		t("PROTECTED_BY", "PROTECTS", "security", Hard, cross(anything, joinedWords(services, words("certificate", "network_device", "server", "virtual_machine", "ups"))), "Without the other it is closed or not trusted: a certificate, a firewall."),
		t("POWERED_BY", "POWERS", "power", Hard, cross(physical, words("pdu", "ups", "power_feed", "generator")), "It draws its power from the other."),
		t("COOLED_BY", "COOLS", "cooling", Degrading, cross(physical, words("cooling_unit")), "The other keeps it cool."),
		t("LOCATED_IN", "CONTAINS", "location", Hard, cross(joinedWords(physical, words("circuit", "cluster", "person", "team")), words("rack", "room", "site", "server")), "It stands in the other, and goes down with it."),
		t("STORED_ON", "STORES", "storage", Hard, cross(joinedWords(services, stores, platforms, words("virtual_machine", "volume", "image", "repository", "document", "server")), words("volume", "storage_array", "bucket")), "Its data lies on the other."),
		t("REPLICATES_TO", "REPLICA_OF", "data", spareOnly, cross(joinedWords(stores, words("volume", "storage_array", "cluster", "server", "virtual_machine")), joinedWords(stores, words("volume", "storage_array", "cluster", "server", "virtual_machine"))), "The other keeps a copy that could take over: without it, the spare is gone."),
		t("BACKED_UP_BY", "BACKS_UP", "data", spareOnly, cross(anything, joinedWords(services, stores, words("server", "virtual_machine", "storage_array", "volume"))), "The other keeps its backup: without it, the way back is gone."),
		t("MANAGED_BY", "MANAGES", "management", spareOnly, cross(anything, joinedWords(services, people, words("server", "virtual_machine", "cluster", "network_device"))), "The other starts, stops and repairs it; it runs on without, until something happens."),
		t("SUPPORTED_BY", "SUPPORTS", "people", spareOnly, cross(anything, joinedWords(people, words("contract"))), "The other helps when it fails."),
		informs("OWNED_BY", "OWNS", "people", cross(anything, people), "The other answers for it."),
		informs("GOVERNED_BY", "GOVERNS", "people", cross(anything, words("contract", "document")), "The other lays down what holds for it."),
		informs("MONITORED_BY", "MONITORS", "telemetry", cross(anything, joinedWords(services, stores, words("server", "virtual_machine", "cluster"))), "The other watches it."),
		informs("DOCUMENTED_BY", "DOCUMENTS", "information", cross(anything, words("document", "repository")), "The other describes it."),

		informs("AFFECTS", "AFFECTED_BY", "record", cross(record, ci), "A record is about the CI: a change that touches it, an incident that it suffers."),
		informs("BACKED_OUT_WITH", "BACKS_OUT", "record", cross(record, ci), "What it takes to undo what the record does: a console, a backup, a gateway."),
		informs("CAUSED_BY", "CAUSES", "record", cross(record, joinedWords(record, ci)), "What led to the record."),
		informs("PART_OF", "CONSISTS_OF", "record", cross(record, record), "The record belongs to a larger one: a call to its incident, a change to its release."),
		informs("FIXES", "FIXED_BY", "record", cross(record, record), "The record ends the other: a change that removes a problem."),
		informs("EXPLAINED_BY", "EXPLAINS", "record", cross(record, record), "The other says why: a known error behind an incident."),
	}
}
