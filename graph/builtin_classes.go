package graph

// The built-in classes, in the field's terms. They are data: a team's own class
// extends one of them without a release. What a class requires never refuses a
// write; it is what an answer would not know without it.

// above says that something must depend on the node over one of the types: without
// it, an outage looks harmless only because nobody wrote down who would notice.
func above(reason string, types ...string) RequiredLink {
	return RequiredLink{Types: types, Direction: Consumers, Reason: reason}
}

// below says that the node must depend on something over one of the types.
func below(reason string, types ...string) RequiredLink {
	return RequiredLink{Types: types, Direction: Providers, Reason: reason}
}

func text(name, description string) AttributeDef {
	return AttributeDef{Name: name, Type: StringKind, Description: description}
}

func indexedText(name, description string) AttributeDef {
	return AttributeDef{Name: name, Type: StringKind, Description: description, Indexed: true}
}

func whole(name, unit, description string) AttributeDef {
	return AttributeDef{Name: name, Type: IntKind, Unit: unit, Description: description}
}

func instant(name, description string) AttributeDef {
	return AttributeDef{Name: name, Type: TimeKind, Description: description, Indexed: true}
}

func dual(name, typ, provider, reason string) RedundancyRule {
	return RedundancyRule{Name: name, Type: typ, Provider: provider, Rule: Any, Reason: reason}
}

// What many classes require.
var (
	runsSomewhere = below("what it runs on is not recorded, so no outage below it reaches it", "RUNS_ON", "DEPENDS_ON", "STORED_ON", "USES")
	isUsed        = above("who uses it is not recorded, so its outage looks harmless", "RUNS_ON", "DEPENDS_ON", "USES", "CALLS", "HAS_MEMBER", "STORED_ON",
		"AUTHENTICATES_WITH", "RESOLVES_WITH", "REPLICATES_TO", "CONNECTED_TO", "BACKED_UP_BY", "MONITORED_BY", "MANAGED_BY", "PROTECTED_BY")
	standsSomewhere = below("where it stands is not recorded, so an outage of that place does not reach it", "LOCATED_IN", "RUNS_ON")
	isPowered       = below("what powers it is not recorded, so an outage of the power does not reach it", "POWERED_BY", "RUNS_ON")
	holdsSomething  = above("what stands in it is not recorded, so its outage looks harmless", "LOCATED_IN")
	feedsSomething  = above("what it feeds is not recorded, so its outage looks harmless", "POWERED_BY")
	dualPower       = dual("power", "POWERED_BY", "", "several power feeds are one another's spares")
	dualUplink      = dual("uplink", "CONNECTED_TO", "network_device", "several uplinks are one another's spares")
)

func builtinClasses() []Class {
	ci := func(name, extends, tier, description string, more ...any) Class {
		c := Class{Name: name, Extends: extends, Tier: tier, Description: description}
		for _, m := range more {
			switch m := m.(type) {
			case AttributeDef:
				c.Attributes = append(c.Attributes, m)
			case RequiredLink:
				c.Requires = append(c.Requires, m)
			case RedundancyRule:
				c.Redundancy = append(c.Redundancy, m)
			}
		}
		return c
	}
	abstract := func(c Class) Class {
		c.Abstract = true
		return c
	}
	return append([]Class{
		abstract(ci("ci", "", "application", "The root of all configuration items.",
			AttributeDef{Name: "lifecycle", Type: EnumKind, Allowed: lifecycleNames.names, Default: Live.String(), Indexed: true,
				Description: "Where it stands in its life; other than LIVE and IN_TEST it is DOWN for its consumers."},
			indexedText("environment", "Production, staging, test and so on, in the team's own words."),
			AttributeDef{Name: "business_criticality", Type: EnumKind, Allowed: []string{"CRITICAL", "HIGH", "MEDIUM", "LOW"}, Indexed: true,
				Description: "How much the business depends on it."},
			indexedText("owner", "Who answers for it."),
			indexedText("support_group", "Who repairs it."),
			text("description", "What it is, for people."))),
		abstract(ci("record", "", "record", "The root of ITSM records: incidents, changes, problems, releases.",
			text("title", "What it is about, in one line."), text("description", "What it is about, for people."),
			instant("state_since", "Since when it is in its state."), AttributeDef{Name: "in_states", Type: DocumentKind, Description: "How long it was in which state before, in seconds."})),

		ci("business_service", "ci", "business", "What the business buys: a service as its users name it.",
			below("what it consists of is not recorded, so no outage reaches it", "DEPENDS_ON", "USES", "RUNS_ON", "CALLS"),
			whole("users", "person", "How many people use it.")),
		ci("service_offering", "ci", "business", "A business service at one price and level, as in the service catalogue.",
			below("which service it offers is not recorded", "DEPENDS_ON", "USES")),
		ci("application_service", "ci", "application", "One running deployment of an application that serves users or other services.", runsSomewhere),
		ci("technical_service", "ci", "application", "A service that IT provides to IT: directory, mail relay, backup.", runsSomewhere, isUsed),
		ci("application", "ci", "application", "A program or service that teams develop or buy.", runsSomewhere,
			text("version", "The version that is deployed."), text("language", "What it is written in."), text("url", "Where people find it.")),
		ci("component", "ci", "application", "A part of an application that is deployed or fails by itself.", runsSomewhere, isUsed,
			text("version", "The version that is deployed.")),
		ci("endpoint", "ci", "application", "An address at which a service answers.", runsSomewhere, isUsed,
			text("url", "The address.")),

		ci("database", "ci", "data", "A database or a schema of one.", runsSomewhere, isUsed,
			text("engine", "PostgreSQL, Oracle and so on."), text("version", "The version of the engine.")),
		ci("queue", "ci", "data", "A queue, topic or message broker.", runsSomewhere, isUsed, text("engine", "Kafka, RabbitMQ and so on.")),
		ci("cache", "ci", "data", "A cache: what it holds can be had again.", runsSomewhere, isUsed, text("engine", "Valkey, Memcached and so on.")),
		ci("bucket", "ci", "data", "A store of objects or files behind an API.", isUsed, below("where its data lies is not recorded", "STORED_ON", "RUNS_ON", "DEPENDS_ON")),

		ci("cluster", "ci", "platform", "Several hosts, devices or instances that act as one.", isUsed,
			dual("members", "HAS_MEMBER", "", "a cluster survives as long as one member does, where nobody says that it needs more")),
		ci("namespace", "ci", "platform", "A part of a cluster that belongs to one team or purpose.", runsSomewhere, isUsed),
		ci("container", "ci", "platform", "A running container.", runsSomewhere, isUsed),
		ci("pod", "ci", "platform", "Containers that are placed together.", runsSomewhere, isUsed),
		ci("image", "ci", "platform", "What containers and machines are started from.", isUsed, text("digest", "The content's digest.")),
		ci("repository", "ci", "platform", "Where source code, packages or images are kept.", isUsed, text("url", "Where it is.")),
		ci("software_package", "ci", "platform", "An installed or installable package.",
			above("who needs it is not recorded, so its removal looks harmless", "DEPENDS_ON", "USES", "RUNS_ON"),
			text("version", "The package's version."), text("section", "The section of the archive."), text("source", "The source package."),
			text("priority", "The archive's priority."), text("architecture", "The processor architecture."),
			whole("installed_kb", "kB", "The space that it takes.")),

		abstract(ci("hardware", "ci", "compute", "A device that one can touch: it stands somewhere and needs power.",
			text("manufacturer", "Who made it."), text("model", "What it is, in the maker's words."), indexedText("serial_number", "The maker's number."),
			indexedText("asset_tag", "The number on its label."), standsSomewhere, isPowered, dualPower)),
		ci("server", "hardware", "compute", "A physical host, or a blade or chassis of one.", isUsed, dualUplink,
			text("os", "The operating system."), whole("cpu_cores", "core", "Processor cores."), whole("memory", "MiB", "Memory.")),
		ci("hypervisor", "server", "compute", "A host that runs virtual machines."),
		ci("virtual_machine", "ci", "compute", "A virtual machine.", runsSomewhere, isUsed,
			text("os", "The operating system."), whole("cpu_cores", "core", "Virtual processor cores."), whole("memory", "MiB", "Memory.")),
		ci("workstation", "hardware", "compute", "A computer that a person works at."),

		ci("network_device", "hardware", "network", "A switch, router, access point or other active network device.", isUsed, dualUplink,
			text("os", "The operating system."), text("role", "What it does in the network: core, access and so on.")),
		ci("load_balancer", "network_device", "network", "A device or service that spreads requests over several targets.",
			dual("pool", "HAS_MEMBER", "", "a load balancer delivers as long as one member of its pool does, where nobody says that it needs more")),
		ci("interface", "ci", "network", "A port of a device, physical or virtual.",
			below("which device it belongs to is not recorded", "RUNS_ON"), text("mac_address", "The hardware address."), whole("speed", "bit/s", "The speed.")),
		ci("circuit", "ci", "network", "A line rented from a carrier.", below("who provides it is not recorded", "SUPPORTED_BY"),
			above("what it connects is not recorded, so its outage looks harmless", "CONNECTED_TO", "DEPENDS_ON"),
			text("circuit_id", "The carrier's number."), whole("bandwidth", "bit/s", "The committed rate.")),
		ci("subnet", "ci", "network", "A range of addresses.", isUsed, text("prefix", "The range, in CIDR form.")),
		ci("dns_zone", "ci", "network", "A zone of the domain name system.", runsSomewhere, isUsed),

		ci("storage_array", "hardware", "storage", "A storage system.", above("what is stored on it is not recorded, so its outage looks harmless", "STORED_ON", "RUNS_ON"),
			whole("capacity", "B", "Usable capacity.")),
		ci("volume", "ci", "storage", "A disk, LUN or file system.", below("what it is stored on is not recorded", "STORED_ON", "RUNS_ON"), isUsed,
			whole("capacity", "B", "Its size.")),

		ci("site", "ci", "facility", "A place: a data centre, a branch, a campus, a cloud region.", holdsSomething, text("address", "Where it is.")),
		ci("room", "ci", "facility", "A room of a site.", below("in which site it is, is not recorded", "LOCATED_IN"), holdsSomething),
		ci("rack", "ci", "facility", "A rack that devices stand in.", below("in which room or site it stands is not recorded", "LOCATED_IN"), holdsSomething,
			whole("height", "U", "Its height.")),
		ci("power_feed", "ci", "facility", "One feed of electrical power.", below("where it ends is not recorded", "LOCATED_IN", "POWERED_BY"), feedsSomething),
		ci("pdu", "hardware", "facility", "A power distribution unit.", feedsSomething),
		ci("ups", "hardware", "facility", "An uninterruptible power supply: a battery.", feedsSomething,
			AttributeDef{Name: "autonomy", Type: DurationKind, Description: "How long it lasts under its usual load."}),
		ci("generator", "hardware", "facility", "A generator that takes over when the mains fail.", feedsSomething),
		ci("cooling_unit", "hardware", "facility", "What keeps a room or rack cool.", above("what it cools is not recorded, so its outage looks harmless", "COOLED_BY")),

		ci("vendor", "ci", "organisation", "Who supplies or supports something.", above("what it supplies is not recorded", "SUPPORTED_BY", "OWNED_BY", "GOVERNED_BY", "DEPENDS_ON")),
		ci("contract", "ci", "organisation", "An agreement with a vendor or customer.", below("with whom it was made is not recorded", "SUPPORTED_BY", "OWNED_BY"),
			instant("ends_at", "When it ends.")),
		ci("team", "ci", "organisation", "A group of people who look after something.", above("what it looks after is not recorded", "OWNED_BY", "SUPPORTED_BY", "MANAGED_BY")),
		ci("person", "ci", "organisation", "A person.", above("what the person looks after is not recorded", "OWNED_BY", "SUPPORTED_BY", "MANAGED_BY"),
			text("email", "The mail address.")),

		ci("certificate", "ci", "information", "A certificate that others trust until it expires.", isUsed, instant("expires_at", "When it expires.")),
		ci("licence", "ci", "information", "A right to use software.", isUsed, instant("expires_at", "When it ends."), whole("seats", "seat", "How many may use it.")),
		ci("document", "ci", "information", "A manual, runbook, plan or drawing.", above("what it documents is not recorded", "DOCUMENTED_BY"), text("url", "Where it is.")),
	}, builtinRecords()...)
}
