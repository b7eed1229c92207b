"""The words in which dispatchers answer, by meaning; each expression is linear. Read by intake.replies alone."""

import re


def said(*patterns: str) -> re.Pattern[str]:
    """Any of the patterns, capital letters or not."""
    return re.compile("|".join(patterns), re.IGNORECASE)


PICKED_UP = said(
    r"已(?:经)?(?:全部|都|顺利)?(?:提|取|拉|接)(?:到)?(?:货|走|完|好|齐|妥|了)",
    r"已(?:经)?(?:全部)?装(?:好|完|上|车)",
    r"已(?:提|取|装)(?=$|[\d,。;!、 ])",
    r"(?:提|取|拉)(?:货|到货|走)?(?:完成|完毕|完了|好了|走了|到了|成功)",
    r"装车(?:完毕|完成|好了|了)",
    r"装(?:好|完|上)(?:车)?了",
    r"货(?:物)?(?:都|已经?|全部)?(?:提|装|拉|取)(?:到|上车|走|好|完|齐)",
    r"提货了",
    r"(?:提|拉|取)走了",
    r"\bpicked[ -]?up\b",
    r"\bcollected\b",
    r"\bloaded\b",
    r"\bpick-?up (?:is )?(?:done|complete)",
)
NOT_YET = said(
    r"(?:还没有?|没有|尚未|还未|暂未|未曾|未|没)(?:能|法|及|去|来得及)?(?:提|取|装|拉|接)",
    r"(?:还没|还未|没|未)(?:能)?(?:到|出发)",
    r"(?:提|取|装|拉)不(?:到|了)",
    r"堵车|晚(?:点|到)|延(?:迟|后|误)|推迟|在路上|还在(?:路|等|排)",
    r"(?:稍后|待会|等会|马上|现在)(?:就)?(?:去|提|到)",
    r"\bnot (?:yet )?(?:been )?(?:picked|collected|loaded)",
    r"\bnot yet\b|\bdelayed\b|\brunning late\b|\bstuck in traffic\b",
    r"\bon (?:the|my|his) way\b",
    r"\bwill (?:be )?(?:pick|collect|arrive)",
    r"\bhave ?n[o']t (?:picked|collected|loaded)",
)
EXPECTED = said(
    r"预计|估计|大概|大约|约|准备|计划|改到|改为|会在|将在|要到|可以|能|再去?",
    r"(?:点|分|半|\d)(?:左右|之?前|钟)?(?:能|会|可)?(?:到|去|提|取|装)",
    r"\bE?TA\b|\bexpected\b|\baround\b|\bby \d",
)
CANNOT = said(
    r"(?:无法|不能|没法|没办法|暂不能)(?:安排|派|去|承接|接单|提货)",
    r"(?:安排|派|排|接|去|做)不(?:了|出|开|过来)",
    r"(?:没有?|无|缺)(?:车|司机|人手|运力)",
    r"车(?:辆)?(?:都)?(?:不够|排满|满了|坏了)",
    r"\bcan(?:not|'t| not) (?:arrange|do|pick|make|take|serve)",
    r"\bunable to\b",
    r"\bno (?:truck|vehicle|driver|capacity)s?\b",
)
WRONG_ADDRESS = said(
    r"(?:地址|位置|门牌)(?:是|写)?(?:不对|不正确|错|有误|不详|不清|不全|找不到|有问题|不存在)",
    r"(?:找不到|找不着|没找到)(?:地址|地方|这个地|门|厂|公司|仓库)",
    r"地址.{0,6}(?:错误|错了)|错误(?:的)?地址",
    r"(?:没有|不存在)(?:这|此|该)个?(?:地址|地方)",
    r"\bwrong address",
    r"\baddress (?:is )?(?:wrong|incorrect|invalid|not found|incomplete)",
    r"\bcan(?:not|'t) find (?:the |this )?(?:address|place)",
)
PROBLEM = said(
    r"拒(?:收|提|绝|接)|不(?:给|让|肯)(?:提|装|发)",
    r"货(?:物)?(?:还)?(?:没有?|未)(?:备|准备|做|生产|出来|打包)|(?:没|未)(?:备|准备)好",
    r"打不通|没人接|无人接|不接|关机|停机|空号|联系不(?:上|到)",
    r"(?:没|无)人(?:在|应|开)",
    r"货不(?:对|符|全)|(?:数量|件数|重量|体积|尺寸)(?:不(?:对|符|一致)|有误|超)",
    r"破损|损坏|变形|受潮|漏液|少(?:了)?\d{1,4}件|装不下|超(?:重|长|宽|高|大)",
    r"取消了|不发了|货主|有问题|异常|出事|事故",
    r"\bnot ready\b|\brefused?\b|\brejected\b|\bdamaged?\b|\bnobody\b|\bno one\b|\bno answer\b",
    r"\bproblem\b|\bissue\b|\bshort(?:age)?\b|\baccident\b",
)
ACKNOWLEDGED = said(
    r"收到|收悉|知悉|知道了|明白|好的|好嘞|没问题|接单|已接|确认",
    r"安排(?:好|了|上|司机|车|提)",
    r"(?:已|马上|正在|会|我来|立即|尽快)(?:经)?安排|已派|派车了",
    r"\breceived\b|\backnowledged?\b|\bgot it\b|\broger\b|\bnoted\b|\bconfirmed\b",
    r"\bwill do\b|\bok(?:ay)?\b|\bunderstood\b|👌|👍",
)
# After the pickup (SPEC 7): the goods are at their station, or have been signed for.
ARRIVED = said(
    r"(?<![车机傅员])已(?:经)?(?:全部|都)?(?:顺利)?到(?:货|站|港|达)",
    r"货(?:物)?已(?:经)?到[一-鿿]{2,5}",
    r"货(?:物)?(?:已经?|都|全部?|今天|刚刚?){0,2}到(?:站|港|达|齐|了)",
    r"(?<![提取拉接送])到(?:货|站|港)了",
    r"\barrived\b",
)
# What makes a time named after the pickup a promise: without one of these words it may be anything.
DELAYED = said(
    r"延(?:误|迟|后)|推迟|改(?:到|期|为)|晚(?:点|到)|预计|(?:还没|还未|没|未)(?:能)?到",
    r"\bdelayed\b|\bnot (?:yet )?arrived\b|\bexpected\b|\bE?TA\b",
)
SIGNED = said(
    r"已(?:经)?(?:被|由|让)?[一-鿿]{0,6}签(?:收|字)",
    r"签(?:收|字)(?:了|完成|完毕|人)",
    r"由[一-鿿]{2,6}签收",
    r"\bsigned\b|\bdelivered\b",
)
UNSIGNED = said(r"(?:没有?|未|尚未|还没|无)(?:人)?(?:来)?签|拒签|不签|等.{0,6}签|\bnot (?:yet )?(?:signed|delivered)\b")
SIGNER = re.compile(
    r"签收人[ ]?(?:是|为)?[ ]?[::]?[ ]?([一-鿿]{2,4})(?![一-鿿])|由([一-鿿]{2,4})签收|([一-鿿]{2,4})已(?:经)?签收"
)
PARTLY = said(
    r"部分|剩(?:余|下)?|还(?:有|差|剩)\d{1,4}",
    r"其(?:余|它|他)(?:的)?\d{0,4}(?:件|箱|托)?(?:还)?(?:未|没)",
    r"\bpart(?:ly|ial|ially)?\b|\brest\b",
)
QUESTION = said(
    r"[吗嘛](?:$|[\s。!,])",
    r"(?:吗|么|呢|没有|是否.{0,20})[?]|[?]$|请问|什么时候|何时|哪里|怎么",
    r"\bwhen\b|\bwhere\b",
)
# Somebody else's words in the midst of his own: what is denied or supposed is not said.
SUPPOSED = said(r"如果|假如|要是|若(?=已|未|没)|以为|听说|\bif\b")

MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)")
LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-\d{7,8})(?!\d)")
PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][ ]?[A-Z])"
    r"[ ·.•-]?([A-Z0-9]{5,6})(?![A-Z0-9])"
)
MASTER = re.compile(r"([一-鿿])[ ]?(?:师傅|师付|司机)")
NAMED = re.compile(r"(?:司机|驾驶员|提货人)[ ]?(?:姓名|是|为|叫)?[ ]?[::]?[ ]?([一-鿿]{2,4})")
NAMED_ENGLISH = re.compile(r"\b(?i:driver)(?: is)?[ :]{1,3}([A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?)")
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜"
    "倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游"
    "阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)
# Words that begin with a surname, yet are none.
NOT_NAMES = frozenset({"马上", "马路", "方便", "明天", "成功", "安排", "安全", "高速", "常规", "时间", "路上", "车上"})
NOT_NAMES |= {"任务", "严重", "向前", "关机", "关门", "包装", "单子", "司机", "于是", "何时", "万一", "成都", "文件"}
