// franz-go against a broker: produce with each codec, groups with each balancer, the admin client, security.
//
//	franz BROKER SECURE_BROKER CA_FILE STRANGER_CA_FILE USER PASSWORD
//
// Prints `ok WHAT` for each check, and `@kill` or `@term` where it wants the broker restarted while it works.
// WEIR_RESTARTS names the file that tells how many of those are done.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

var (
	seed string
	ctx  = context.Background()
	adm  *kadm.Client
)

func must(err error, what string, values ...any) {
	if err != nil {
		fail(what+": "+err.Error(), values...)
	}
}

func require(condition bool, what string, values ...any) {
	if !condition {
		fail(what, values...)
	}
}

func fail(what string, values ...any) {
	fmt.Printf("FAILED "+what+"\n", values...)
	os.Exit(1)
}

func client(options ...kgo.Opt) *kgo.Client {
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(seed), kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond })}, options...)...)
	must(err, "a client")
	return cl
}

func create(topic string, partitions int32) {
	_, err := adm.CreateTopic(ctx, partitions, 1, nil, topic)
	must(err, "create "+topic)
}

func readAll(topic string, count int) []*kgo.Record {
	cl := client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer cl.Close()
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var found []*kgo.Record
	for len(found) < count {
		fetches := cl.PollFetches(deadline)
		require(deadline.Err() == nil, "%s: %d of %d records", topic, len(found), count)
		found = append(found, fetches.Records()...)
	}
	require(len(found) == count, "%s: %d records instead of %d", topic, len(found), count)
	return found
}

func codecs() {
	all := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	for name, codec := range all {
		topic := "franz-" + name
		create(topic, 1)
		cl := client(kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(5*time.Millisecond))
		value := func(n int) []byte { return []byte(fmt.Sprintf("value %d %s", n, strings.Repeat("abc", n%50))) }
		for n := 0; n < 3000; n++ {
			record := &kgo.Record{Topic: topic, Value: value(n), Headers: []kgo.RecordHeader{{Key: "n", Value: []byte(strconv.Itoa(n))}}}
			if n%3 != 0 {
				record.Key = []byte("key")
			}
			cl.Produce(ctx, record, func(_ *kgo.Record, err error) { must(err, topic) })
		}
		must(cl.Flush(ctx), "flush")
		cl.Close()
		for n, record := range readAll(topic, 3000) {
			require(record.Offset == int64(n) && bytes.Equal(record.Value, value(n)) && string(record.Headers[0].Value) == strconv.Itoa(n), "%s: record %d is %v", topic, n, record)
			require((record.Key == nil) == (n%3 == 0), "%s: key of %d", topic, n)
		}
	}
	fmt.Println("ok each codec, idempotent, keys, headers, order")
}

func acksAndSizes() {
	create("franz-acks", 1)
	for n, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
		cl := client(kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
		must(cl.ProduceSync(ctx, &kgo.Record{Topic: "franz-acks", Value: []byte(strconv.Itoa(n))}).FirstErr(), "acks")
		cl.Close()
		time.Sleep(100 * time.Millisecond) // without acknowledgement nobody knows when it is there
	}
	for n, record := range readAll("franz-acks", 3) {
		require(string(record.Value) == strconv.Itoa(n), "acks: %s at %d", record.Value, n)
	}
	cl := client(kgo.ProducerBatchMaxBytes(4<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer cl.Close()
	must(cl.ProduceSync(ctx, &kgo.Record{Topic: "franz-acks", Value: make([]byte, 1_048_000)}).FirstErr(), "a large record")
	err := cl.ProduceSync(ctx, &kgo.Record{Topic: "franz-acks", Value: make([]byte, 1_060_000)}).FirstErr()
	require(errors.Is(err, kerr.MessageTooLarge), "a record above the limit: %v", err)
	fmt.Println("ok acks 0, 1, all; a record near the limit; MESSAGE_TOO_LARGE above it")
}

type member struct {
	cl   *kgo.Client
	done chan struct{}
}

// Everything a group has consumed: value → how often.
type ledger struct {
	lock sync.Mutex
	seen map[string]int
	by   map[string]int
}

func (l *ledger) count() (distinct, all int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, times := range l.seen {
		all += times
	}
	return len(l.seen), all
}

func join(l *ledger, name, group, topic string, options ...kgo.Opt) *member {
	cl := client(append([]kgo.Opt{
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(6 * time.Second),
		kgo.HeartbeatInterval(200 * time.Millisecond), kgo.AutoCommitInterval(200 * time.Millisecond), kgo.AutoCommitMarks(), kgo.BlockRebalanceOnPoll(),
	}, options...)...)
	m := &member{cl, make(chan struct{})}
	go func() {
		defer close(m.done)
		for {
			fetches := cl.PollFetches(ctx)
			if fetches.IsClientClosed() {
				return
			}
			fetches.EachRecord(func(record *kgo.Record) {
				l.lock.Lock()
				l.seen[string(record.Value)]++
				l.by[name]++
				l.lock.Unlock()
			})
			cl.MarkCommitRecords(fetches.Records()...)
			cl.AllowRebalance()
		}
	}()
	return m
}

func (m *member) leave() {
	must(m.cl.CommitMarkedOffsets(ctx), "commit")
	m.cl.CloseAllowingRebalance()
	<-m.done
}

func eventually(condition func() bool, what string, values ...any) {
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(30 * time.Millisecond) {
		require(time.Now().Before(deadline), "not within a minute: "+what, values...)
	}
}

func groups() {
	balancers := map[string]kgo.GroupBalancer{"range": kgo.RangeBalancer(), "roundrobin": kgo.RoundRobinBalancer(), "sticky": kgo.StickyBalancer(), "cooperative-sticky": kgo.CooperativeStickyBalancer()}
	for name, balancer := range balancers {
		topic := "franz-group-" + name
		create(topic, 6)
		l := &ledger{seen: map[string]int{}, by: map[string]int{}}
		producer := client()
		sent := 0
		send := func(count int) {
			for n := 0; n < count; n++ {
				producer.Produce(ctx, &kgo.Record{Topic: topic, Key: []byte(strconv.Itoa(sent)), Value: []byte(strconv.Itoa(sent))}, func(_ *kgo.Record, err error) { must(err, topic) })
				sent++
			}
			must(producer.Flush(ctx), "flush")
		}
		complete := func() bool { distinct, _ := l.count(); return distinct == sent }
		one := join(l, "one", topic, topic, kgo.Balancers(balancer))
		send(500)
		eventually(complete, topic+": the first member reads all")
		two, three := join(l, "two", topic, topic, kgo.Balancers(balancer)), join(l, "three", topic, topic, kgo.Balancers(balancer))
		eventually(func() bool {
			send(60)
			time.Sleep(100 * time.Millisecond)
			l.lock.Lock()
			defer l.lock.Unlock()
			return l.by["two"] > 0 && l.by["three"] > 0
		}, topic+": all three get some")
		eventually(complete, topic+": three read all")
		one.leave()
		send(500)
		eventually(complete, topic+": two read all")
		two.leave()
		three.leave()
		distinct, all := l.count()
		require(distinct == all, "%s: %d records were handed out %d times", topic, distinct, all)
		committed, err := adm.FetchOffsets(ctx, topic)
		must(err, "committed")
		ends, err := adm.ListEndOffsets(ctx, topic)
		must(err, "ends")
		ends.Each(func(end kadm.ListedOffset) {
			at, _ := committed.Lookup(topic, end.Partition)
			require(at.At == end.Offset || end.Offset == 0, "%s/%d: committed %d, end %d", topic, end.Partition, at.At, end.Offset)
		})
		producer.Close()
	}
	fmt.Println("ok groups by range, roundrobin, sticky, cooperative-sticky: join, leave, each record handed out once, committed = end")
}

func admin() {
	topic := "franz-admin"
	create(topic, 2)
	_, err := adm.CreateTopic(ctx, 1, 1, nil, topic)
	require(errors.Is(err, kerr.TopicAlreadyExists), "a topic made twice: %v", err)
	grown, err := adm.UpdatePartitions(ctx, 3, topic)
	must(err, "create partitions")
	must(grown.Error(), "create partitions")
	value := "7200000"
	altered, err := adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic)
	must(err, "alter configs")
	require(altered[0].Err == nil, "alter configs: %v", altered[0].Err)
	eventually(func() bool {
		configs, err := adm.DescribeTopicConfigs(ctx, topic)
		must(err, "describe configs")
		for _, config := range configs[0].Configs {
			if config.Key == "retention.ms" {
				return config.MaybeValue() == value
			}
		}
		return false
	}, "the altered setting")
	cl := client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer cl.Close()
	base := time.Now().Add(-time.Hour) // older than retention.ms would be deleted
	for n := 0; n < 10; n++ {
		must(cl.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("x"), Timestamp: base.Add(time.Duration(n) * time.Second)}).FirstErr(), "produce")
	}
	after, err := adm.ListOffsetsAfterMilli(ctx, base.UnixMilli()+3500, topic)
	must(err, "list offsets")
	at, _ := after.Lookup(topic, 0)
	require(at.Offset == 4, "offset by time: %v", at)
	var offsets kadm.Offsets
	offsets.AddOffset(topic, 0, 4, -1)
	deleted, err := adm.DeleteRecords(ctx, offsets)
	must(err, "delete records")
	must(deleted.Error(), "delete records")
	starts, err := adm.ListStartOffsets(ctx, topic)
	must(err, "starts")
	at, _ = starts.Lookup(topic, 0)
	require(at.Offset == 4, "log start: %v", at)
	committed, err := adm.CommitOffsets(ctx, "franz-admin-group", offsets)
	must(err, "commit")
	must(committed.Error(), "commit")
	listed, err := adm.ListGroups(ctx)
	must(err, "list groups")
	require(len(listed.Groups()) > 0, "no groups")
	described, err := adm.DescribeGroups(ctx, "franz-admin-group", "franz-nobody")
	must(err, "describe groups")
	// Kafka of before 4.0 says Dead, newer ones say that there is no such group.
	nobody := described["franz-nobody"]
	require(described["franz-admin-group"].State == "Empty" && (nobody.State == "Dead" || nobody.Err != nil), "groups: %v", described)
	removed, err := adm.DeleteGroups(ctx, "franz-admin-group")
	must(err, "delete groups")
	must(removed.Error(), "delete groups")
	brokers, err := adm.BrokerMetadata(ctx)
	must(err, "cluster")
	require(len(brokers.Brokers) == 1 && brokers.Cluster != "", "cluster: %v", brokers)
	_, err = adm.DeleteTopic(ctx, topic)
	must(err, "delete topic")
	_, err = adm.DeleteTopic(ctx, topic)
	require(errors.Is(err, kerr.UnknownTopicOrPartition), "a topic deleted twice: %v", err)
	fmt.Println("ok admin: topics, partitions, configs, records, groups, offsets, cluster")
}

func security(address, authority, stranger, user, password string) {
	try := func(address, authority, password string) error {
		pem, err := os.ReadFile(authority)
		must(err, "certificates")
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		cl, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.DialTLSConfig(&tls.Config{RootCAs: roots}), kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism()), kgo.AllowAutoTopicCreation())
		must(err, "a client")
		defer cl.Close()
		limited, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if err := cl.Ping(limited); err != nil {
			return err
		}
		return cl.ProduceSync(limited, &kgo.Record{Topic: "franz-secure", Value: []byte("x")}).FirstErr()
	}
	must(try(address, authority, password), "SASL over TLS")
	require(errors.Is(try(address, authority, "wrong"), kerr.SaslAuthenticationFailed), "a wrong password")
	var unknown x509.UnknownAuthorityError
	require(errors.As(try(address, stranger, password), &unknown), "a wrong authority")
	var name x509.HostnameError
	require(errors.As(try(strings.Replace(address, "127.0.0.1", "localhost", 1), authority, password), &name), "a wrong host name")
	fmt.Println("ok SASL over TLS: good, wrong password, wrong authority, wrong host name")
}

func restarts() {
	topic, total := "franz-restarts", 20_000
	create(topic, 1)
	l := &ledger{seen: map[string]int{}, by: map[string]int{}}
	reader := join(l, "reader", topic, topic)
	cl := client(kgo.ProducerLinger(2*time.Millisecond), kgo.UnknownTopicRetries(-1))
	for n := 0; n < total; n++ {
		cl.Produce(ctx, &kgo.Record{Topic: topic, Value: []byte(strconv.Itoa(n))}, func(_ *kgo.Record, err error) { must(err, topic) })
		if n%20 == 0 {
			time.Sleep(3 * time.Millisecond)
		}
		switch n {
		case total / 3:
			fmt.Println("@term")
		case 2 * total / 3:
			fmt.Println("@kill")
		}
	}
	// A restart that is late belongs to what was sent, not into the reading below.
	eventually(func() bool {
		done, err := os.ReadFile(os.Getenv("WEIR_RESTARTS"))
		return err == nil && string(done) == "2"
	}, "the two restarts that were asked for")
	must(cl.Flush(ctx), "flush")
	cl.Close()
	for n, record := range readAll(topic, total) {
		require(string(record.Value) == strconv.Itoa(n), "%s at %d", record.Value, n)
	}
	eventually(func() bool { distinct, _ := l.count(); return distinct == total }, "the group consumer reads all")
	reader.leave()
	fmt.Printf("ok broker stopped and killed while producing: %d records once and in order\n", total)
}

func main() {
	seed = os.Args[1]
	cl := client()
	adm = kadm.NewClient(cl)
	codecs()
	acksAndSizes()
	groups()
	admin()
	security(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6])
	restarts()
}
