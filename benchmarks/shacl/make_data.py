# Kept as it was when the published figures were measured, so that they can be compared: same seed, same bytes.
# ruff: noqa
# fmt: off
"""Synthetic health-governance graph.  usage: gen.py N OUT.ttl [seed] [violation_rate]
N organisations of 10 kinds; 2 AccountabilityRelation each, 1 Membership each; N/20 places with a Health and Wellbeing Board
representation; N/10 sources.  ~26 triples per organisation.  Injected violations go to OUT.ttl.injected.json."""
import sys, random, json, datetime as dt
N = int(sys.argv[1]); OUT = sys.argv[2]; SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 7
RATE = float(sys.argv[4]) if len(sys.argv) > 4 else 0.005
R = random.Random(SEED)
KINDS = ["IntegratedCareBoard","NHSTrust","FoundationTrust","LocalAuthority","HealthAndWellbeingBoard","PrimaryCareNetwork","Regulator","GovernmentDepartment","Healthwatch","ProviderCollaborative"]
CODE = ["ICB","NTR","FTR","LAU","HWB","PCN","REG","DEP","HWA","PCO"]
D0 = dt.date(1948, 7, 5)
def d(n): return (D0 + dt.timedelta(days=n)).isoformat()
TODAY = 28000
inj = {}
def hit(k, s):
    if R.random() < RATE:
        inj.setdefault(k, []).append(s); return True
    return False
NP = max(1, N // 20); NS = max(1, N // 10)
born = [0]*N; died = [None]*N
for i in range(N):
    born[i] = 0 if i < 10 else R.randrange(0, 24000)
    if i >= 10 and R.random() < 0.15: died[i] = born[i] + R.randrange(400, 3500)
boards = [i for i in range(N) if i % 10 == 4]
f = open(OUT, "w", encoding="utf-8"); w = f.write
w("""@prefix gov: <https://ex.org/gov/> .
@prefix o: <https://ex.org/id/org/> .
@prefix e: <https://ex.org/id/edge/> .
@prefix m: <https://ex.org/id/mem/> .
@prefix p: <https://ex.org/id/place/> .
@prefix s: <https://ex.org/id/source/> .
@prefix r: <https://ex.org/id/rep/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
""")
for k in KINDS: w(f"gov:{k} rdfs:subClassOf gov:Organisation .\n")
for i in range(NS):
    w(f's:{i} a gov:Source ; gov:title "Source {i}" ; gov:date "{d(R.randrange(TODAY))}"^^xsd:date ; gov:url <https://www.example.gov.uk/doc/{i}> .\n')
for i in range(NP):
    b = boards[i % len(boards)]
    w(f'p:{i} a gov:Place ; rdfs:label "Place {i}"@en ; gov:gss "{"X" if hit("place_gss", i) else "E"}{i:08d}" ; gov:hasBody o:{b} .\n')
    if not hit("place_no_hwb", i):
        w(f'r:{i} a gov:Representation ; gov:place p:{i} ; gov:board o:{b} .\n')
for i in range(N):
    k = i % 10
    kk = KINDS[k]; code = CODE[k]
    if hit("id_pattern", i): ident = f"BAD{i}"
    elif i > 100 and hit("id_dup", i): ident = f"{code}{i-10:07d}"
    else: ident = f"{code}{i:07d}"
    w(f'o:{i} a gov:{kk} ; gov:identifier "{ident}" ; gov:scheme gov:ods ')
    if not hit("no_name", i): w(f'; skos:prefLabel "{kk} of Area {i}"@en ')
    if hit("two_names", i): w(f'; skos:prefLabel "Another {i}"@en ')
    if hit("founded_type", i): w(f'; gov:founded "{d(born[i])}" ')
    else: w(f'; gov:founded "{d(born[i])}"^^xsd:date ')
    if died[i] is not None:
        w(f'; gov:dissolved "{d(born[i]-1 if hit("dissolved_before", i) else died[i])}"^^xsd:date ')
    st = "gov:Zombie" if hit("status", i) else ("gov:Closed" if died[i] is not None else "gov:Active")
    w(f'; gov:status {st} ; gov:homepage <https://www.example.nhs.uk/{i}> ; gov:inPlace p:{R.randrange(NP)} .\n')
    for j in range(2):
        for _ in range(50):
            t = R.randrange(10) if R.random() < 0.3 else R.randrange(N)
            if t == i: continue
            lo = max(born[i], born[t]); hi = min(x for x in (died[i], died[t], TODAY) if x is not None)
            if hi - lo > 60: break
        else: t = (i + 1) % 10; lo = max(born[i], born[t]); hi = min(x for x in (died[i], died[t], TODAY) if x is not None)
        a = lo + R.randrange(0, 20); z = hi - R.randrange(0, 20)
        has_to = R.random() < 0.5 or died[i] is not None or died[t] is not None
        if hit("edge_before_birth", f"{i}-{j}"): a = lo - 30
        eid = f"{i}-{j}"
        w(f'e:{eid} a gov:AccountabilityRelation ; gov:accountor o:{i} ; gov:forum {"s:0" if hit("edge_forum_class", eid) else f"o:{t}"} ; gov:validFrom "{d(max(a,-3000))}"^^xsd:date ')
        if has_to: w(f'; gov:validTo "{d(a-5) if hit("edge_to_lt_from", eid) else d(z)}"^^xsd:date ')
        if not hit("edge_no_source", eid): w(f'; gov:source s:{R.randrange(NS)} ')
        w(f'; gov:basis gov:{R.choice(["Statutory","Contractual","Licence"]) if not hit("edge_basis", eid) else "Vibes"} .\n')
    seats = 0 if hit("seats", i) else R.randrange(1, 20)
    obs = R.random() < 0.1
    b = boards[R.randrange(len(boards))]
    w(f'm:{i} a gov:Membership ; gov:member o:{i} ; gov:body o:{b} ; gov:validFrom "{d(R.randrange(TODAY))}"^^xsd:date ')
    if not hit("mem_role", i): w(f'; gov:role gov:{R.choice(["Chair","Voting","NonVoting"])} ')
    if hit("mem_neither", i): pass
    elif obs: w('; gov:observer true ')
    else: w(f'; gov:seats {seats} ')
    w('.\n')
f.close()
json.dump({k: len(v) for k, v in inj.items()}, open(OUT + ".injected.json", "w"), indent=1)
print(N, OUT, sum(len(v) for v in inj.values()), "injected")
