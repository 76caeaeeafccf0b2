package main

import (
	"fmt"
	"strings"
)

// place adds what no source says and a whole estate needs: where the applications
// run and how often, the blades of the chassis, the business services on top. All
// of it is marked DECLARED.
func place(e *estate) {
	placeCampus(e)
	placeAstronomy(e)
	placeBoutique(e)
	placeBranches(e)
}

func (e *estate) placedCI(class, scope, name string) string {
	return e.ci(line{Class: class, Scope: scope, Name: name, Evidence: placed})
}

func (e *estate) placedRelation(from, kind, to, requirement, transfer string) {
	e.relate(line{From: from, Type: kind, To: to, Requirement: requirement, Transfer: transfer, Evidence: placed})
}

// instances puts an application's replicas on hosts; more than one stand in a
// requirement of which k must run.
func (e *estate) instances(app, class string, k int, hosts ...string) {
	scope, name, _ := strings.Cut(app[strings.Index(app, ":")+1:], "/")
	requirement := ""
	if len(hosts) > 1 {
		requirement = "replicas"
		l := line{Of: app, Name: requirement, Rule: "ANY", Size: len(hosts)}
		if k > 1 {
			l.Rule, l.K = "AT_LEAST", k
		}
		e.require(l)
	}
	for i, host := range hosts {
		instance := e.placedCI(class, scope, fmt.Sprintf("%s-%d", name, i+1))
		e.placedRelation(app, "RUNS_ON", instance, requirement, "")
		e.placedRelation(instance, "RUNS_ON", host, "", "")
		if image := e.images[app]; image != "" {
			ref := e.ci(line{Class: "image", Scope: scope, Name: image})
			e.relate(line{From: instance, Type: "USES", To: ref, Transfer: "NONE"})
		}
	}
}

// placeCampus: both core switches carry the labs, over one fibre each; the
// top-of-rack pairs hang on both cores; the chassis has blades in its real bays.
func placeCampus(e *estate) {
	const mdf = "network_device:ncsu-065/"
	cores := []string{mdf + "ncsu-coreswitch1", mdf + "ncsu-coreswitch2"}
	for _, panel := range []string{"PP:B117", "PP:B118", "PP:B128"} {
		e.uplinks(mdf+panel, cores...)
	}
	for _, tor := range []string{"r105", "r106", "r107", "r108"} {
		for _, unit := range []string{":1", ":2"} {
			if _, ok := e.cis[mdf+tor+"-torsw"+unit]; ok {
				e.uplinks(mdf+tor+"-torsw"+unit, cores...)
			}
		}
	}
	chassis := "server:ncsu-065/Flex system R201"
	e.placedRelation(chassis, "CONNECTED_TO", "cluster:ncsu-065/r105-torsw", "", "")
	for _, bay := range e.bays {
		e.placedRelation(e.blade(bay), "RUNS_ON", chassis, "", "")
	}
	for dist, service := range map[string]string{
		"ncsu-117/ncsu117-distswitch1": "Campus network D. S. Weaver Labs",
		"ncsu-118/ncsu118-distswitch1": "Campus network Grinnells Lab",
		"ncsu-128/ncsu128-distswitch1": "Campus network Butler Communications",
	} {
		e.placedRelation(e.placedCI("business_service", "ncsu", service), "DEPENDS_ON", "network_device:"+dist, "", "")
	}
}

func (e *estate) blade(bay string) string {
	return e.placedCI("server", "ncsu-065", "Flex "+strings.ToLower(bay))
}

// uplinks makes a device's connections redundant: any one of them is enough.
func (e *estate) uplinks(device string, to ...string) {
	e.require(line{Of: device, Name: "uplinks", Rule: "ANY", Size: len(to)})
	for _, core := range to {
		evidence := placed
		for _, cable := range []string{core + " CONNECTED_TO " + device + "  ", device + " CONNECTED_TO " + core + "  "} {
			if _, ok := e.relations[cable]; ok {
				delete(e.relations, cable) // said by the source; it goes on inside the requirement
				evidence = nil
			}
		}
		e.relate(line{From: device, Type: "CONNECTED_TO", To: core, Requirement: "uplinks", Evidence: evidence})
	}
}

// placeAstronomy: Compose containers on the blades, the important ones twice; the
// database has a second copy in the cloud. All blades share one chassis.
func placeAstronomy(e *estate) {
	i := 0
	host := func() string { i++; return e.blade(e.bays[i%len(e.bays)]) }
	for _, app := range sorted(e.images) {
		if !strings.Contains(app, ":astronomy/") {
			continue
		}
		switch app {
		case "database:astronomy/astronomy-db":
			e.instances(app, "container", 1, host(), e.vms["DO-NYC1"][18])
		case "queue:astronomy/kafka":
			e.instances(app, "container", 2, host(), host(), host())
		case "application:astronomy/frontend", "application:astronomy/frontend-proxy", "application:astronomy/checkout",
			"application:astronomy/cart", "application:astronomy/product-catalog", "application:astronomy/payment":
			e.instances(app, "container", 1, host(), host())
		default:
			e.instances(app, "container", 1, host())
		}
	}
	// Compose names only the database's reader that waits for it; the others
	// name it in a variable.
	e.relate(line{From: "application:astronomy/accounting", Type: "USES", To: "database:astronomy/astronomy-db", Transfer: "HARD"})
	e.service("astronomy", "Astronomy Shop storefront", "application:astronomy/frontend-proxy")
	e.service("astronomy", "Astronomy Shop checkout", "application:astronomy/checkout")
	e.service("astronomy", "Astronomy Shop accounting", "application:astronomy/accounting")
}

// placeBoutique: pods on virtual machines of three cloud regions. The storefront
// is spread; the two pods of the payment service share a region, and the carts'
// only pod is a single point of failure.
func placeBoutique(e *estate) {
	nyc1, nyc3, tor := e.vms["DO-NYC1"], e.vms["DO-NYC3"], e.vms["DO-TOR1"]
	for _, app := range sorted(e.images) {
		if !strings.Contains(app, ":boutique/") {
			continue
		}
		hosts := []string{nyc1[1], nyc3[1]}
		switch app {
		case "application:boutique/frontend":
			hosts = []string{nyc1[0], nyc3[0], tor[0]}
		case "application:boutique/paymentservice":
			hosts = []string{nyc1[2], nyc1[3]}
		case "application:boutique/adservice":
			hosts = []string{nyc3[2]}
		case "cache:boutique/redis-cart":
			hosts = []string{nyc3[4]}
		case "application:boutique/loadgenerator":
			hosts = []string{tor[3]}
		}
		e.instances(app, "pod", 1, hosts...)
	}
	e.service("boutique", "Online Boutique storefront", "application:boutique/frontend")
	e.service("boutique", "Online Boutique checkout", "application:boutique/checkoutservice")
	e.service("boutique", "Online Boutique product search", "application:boutique/productcatalogservice")
	e.service("boutique", "Online Boutique shipping quotes", "application:boutique/shippingservice")
}

// placeBranches: a branch office works while its access switch does, and its
// router while one of its two circuits does.
func placeBranches(e *estate) {
	circuits := map[string][]string{}
	for _, k := range sorted(e.relations) {
		r := e.relations[k]
		switch {
		case strings.Contains(r.From, "-rtr01") && strings.HasPrefix(r.To, "circuit:"):
			circuits[r.From] = append(circuits[r.From], r.To)
		case strings.HasPrefix(r.From, "network_device:dm-") && strings.HasSuffix(r.From, "-sw01") && r.Type == "CONNECTED_TO":
			site := r.From[strings.Index(r.From, ":")+1 : strings.Index(r.From, "/")]
			e.service("dunder-mifflin", "Branch office "+strings.ToUpper(site[3:4])+site[4:], r.From)
		}
	}
	for router, to := range circuits {
		e.uplinks(router, to...)
	}
}

func (e *estate) service(scope, name, on string) {
	e.placedRelation(e.placedCI("business_service", scope, name), "DEPENDS_ON", on, "", "")
}
