// sarama against a broker, with the protocol versions it takes by default: produce with each codec, a consumer group.
//
//	sarama BROKER
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

func must(err error, what string) {
	if err != nil {
		fmt.Printf("FAILED %s: %v\n", what, err)
		os.Exit(1)
	}
}

type handler struct {
	lock sync.Mutex
	seen map[string]int
}

func (*handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			h.lock.Lock()
			h.seen[string(message.Value)]++
			h.lock.Unlock()
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

func (h *handler) count() int {
	h.lock.Lock()
	defer h.lock.Unlock()
	return len(h.seen)
}

func produce(broker, topic string, codec sarama.CompressionCodec, idempotent bool, count int) {
	config := sarama.NewConfig()
	config.Producer.Compression, config.Producer.RequiredAcks, config.Producer.Return.Successes = codec, sarama.WaitForAll, true
	if idempotent {
		config.Producer.Idempotent, config.Net.MaxOpenRequests = true, 1
	}
	producer, err := sarama.NewSyncProducer([]string{broker}, config)
	must(err, "a producer")
	var messages []*sarama.ProducerMessage
	for n := 0; n < count; n++ {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Partition: 0, Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(topic + strconv.Itoa(n)),
			Headers: []sarama.RecordHeader{{Key: []byte("a"), Value: []byte("b")}}})
	}
	must(producer.SendMessages(messages), topic)
	must(producer.Close(), "close")
}

func main() {
	broker, count := os.Args[1], 2000
	admin, err := sarama.NewClusterAdmin([]string{broker}, sarama.NewConfig())
	must(err, "an admin client")
	topics := []string{}
	for codec, name := range map[sarama.CompressionCodec]string{sarama.CompressionNone: "none", sarama.CompressionGZIP: "gzip", sarama.CompressionSnappy: "snappy", sarama.CompressionLZ4: "lz4", sarama.CompressionZSTD: "zstd"} {
		topic := "sarama-" + name
		must(admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false), "create")
		produce(broker, topic, codec, false, count)
		topics = append(topics, topic)
	}
	must(admin.CreateTopic("sarama-idempotent", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false), "create")
	produce(broker, "sarama-idempotent", sarama.CompressionLZ4, true, count)
	topics = append(topics, "sarama-idempotent")
	fmt.Println("ok each codec, idempotent")

	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial, config.Consumer.Group.Session.Timeout = sarama.OffsetOldest, 6*time.Second
	config.Consumer.Offsets.AutoCommit.Interval = 200 * time.Millisecond
	h := &handler{seen: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	var members sync.WaitGroup
	for n := 0; n < 2; n++ {
		group, err := sarama.NewConsumerGroup([]string{broker}, "sarama", config)
		must(err, "a group")
		members.Add(1)
		go func() {
			defer members.Done()
			for ctx.Err() == nil {
				// The end may come in the middle of a rejoin, which is then given up with an error.
				if err := group.Consume(ctx, topics, h); ctx.Err() == nil {
					must(err, "consume")
				}
			}
			must(group.Close(), "close")
		}()
	}
	for deadline := time.Now().Add(time.Minute); h.count() < count*len(topics); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			must(fmt.Errorf("%d of %d", h.count(), count*len(topics)), "the group reads all")
		}
	}
	cancel()
	members.Wait()
	committed, err := admin.ListConsumerGroupOffsets("sarama", nil)
	must(err, "committed")
	for _, topic := range topics {
		if at := committed.GetBlock(topic, 0); at == nil || at.Offset != int64(count) {
			must(fmt.Errorf("%v", at), "committed of "+topic)
		}
	}
	fmt.Println("ok a group of two: all read, committed = end")
}
