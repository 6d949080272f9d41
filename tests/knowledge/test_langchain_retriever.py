"""The shop's search in a chain of langchain's."""

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from bot.knowledge.langchain_retriever import LangchainRetriever
from bot.knowledge.retriever import ShopRetriever


def test_a_chain_of_langchains_gets_documents(demo_retriever: ShopRetriever) -> None:
    def best(documents: list[Document]) -> Document:
        return documents[0]

    chain = LangchainRetriever(shop=demo_retriever) | RunnableLambda(best)
    document = chain.invoke("How long do I have to return something?")
    assert document.id == "return-window"
    assert document.page_content.startswith("You have 30 days")
    assert document.metadata["candidate"].source == "faq/returns.en.yaml"


def test_a_follow_up_is_asked_with_the_question_before(demo_retriever: ShopRetriever) -> None:
    retriever = LangchainRetriever(shop=demo_retriever)
    documents = retriever.invoke("那打折的呢？", context="怎么退货")
    candidates = demo_retriever.candidates("那打折的呢？", context="怎么退货")
    assert [each.id for each in documents] == [each.entry_id for each in candidates]
